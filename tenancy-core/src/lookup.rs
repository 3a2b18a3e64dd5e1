//! `TenantLookup`: finds the tenant that a request or a job names, whatever it names it by.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::DomainName,
    error::{Error, Result},
    member::Member,
    registry::Registry,
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantId},
};

/// What a credential, a header or a job names a tenant by.
///
/// As text it is the id or the slug. What has the form of an id is one, also where it could be a slug:
/// no tenant can take a slug that is another one's id, because ids begin with a digit.
///
/// ```
/// use tenancy_core::{TenantId, TenantKey};
///
/// let id = TenantId::generate();
/// assert_eq!(id.to_string().parse::<TenantKey>()?, TenantKey::Id(id));
/// assert_eq!("acme".parse::<TenantKey>()?, TenantKey::Slug("acme".parse()?));
/// # Ok::<(), tenancy_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TenantKey {
    /// By its id, which is never another tenant's.
    Id(TenantId),
    /// By its slug, which may be another tenant's one day.
    Slug(Slug),
}

impl From<TenantId> for TenantKey {
    fn from(id: TenantId) -> Self {
        Self::Id(id)
    }
}

impl From<Slug> for TenantKey {
    fn from(slug: Slug) -> Self {
        Self::Slug(slug)
    }
}

impl FromStr for TenantKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // Only the form that ids are written in: a slug may consist of hexadecimal digits.
        if text.len() == 36
            && let Ok(id) = Uuid::try_parse(text)
        {
            return Ok(Self::Id(TenantId::from(id)));
        }
        text.parse().map(Self::Slug)
    }
}

impl TryFrom<String> for TenantKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<TenantKey> for String {
    fn from(key: TenantKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

/// Finds tenants, their domains and their members for requests and jobs.
///
/// One that is made from a [`Registry`] asks the database each time.
#[derive(Debug, Clone)]
pub struct TenantLookup {
    registry: Registry,
}

impl From<Registry> for TenantLookup {
    fn from(registry: Registry) -> Self {
        Self { registry }
    }
}

impl From<&Registry> for TenantLookup {
    fn from(registry: &Registry) -> Self {
        Self::from(registry.clone())
    }
}

impl From<&Tenancy> for TenantLookup {
    fn from(tenancy: &Tenancy) -> Self {
        Self::from(tenancy.registry())
    }
}

impl TenantLookup {
    /// The tenant that a domain leads to, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_domain(&self, domain: &DomainName) -> Result<Option<Tenant>> {
        self.registry.find_by_domain(domain).await
    }

    /// The tenant of a slug, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_slug(&self, slug: &Slug) -> Result<Option<Tenant>> {
        self.registry.find_by_slug(slug).await
    }

    /// The tenant of an id, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_id(&self, id: TenantId) -> Result<Option<Tenant>> {
        self.registry.find(id).await
    }

    /// The tenant that a key names, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_key(&self, key: &TenantKey) -> Result<Option<Tenant>> {
        match key {
            TenantKey::Id(id) => self.by_id(*id).await,
            TenantKey::Slug(slug) => self.by_slug(slug).await,
        }
    }

    /// The primary domain of a tenant; `None` where it has none, as while it is being removed.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn primary_domain(&self, tenant: TenantId) -> Result<Option<DomainName>> {
        self.registry.primary_domain(tenant).await
    }

    /// A user's membership of a tenant, if there is one.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn member(&self, tenant: TenantId, user: &str) -> Result<Option<Member>> {
        self.registry.find_member(tenant, user).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_of_hexadecimal_digits_are_no_ids() {
        for slug in ["acme", "deadbeef", &"a".repeat(32)] {
            assert_eq!(slug.parse::<TenantKey>().unwrap(), TenantKey::Slug(slug.parse().unwrap()));
        }
        for bad in ["", "Acme", "a b", "urn:uuid:0198", "{0198}"] {
            assert!(bad.parse::<TenantKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_are_written_and_read_back() {
        for key in [TenantKey::Id(TenantId::generate()), TenantKey::Slug("acme".parse().unwrap())] {
            let text = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<TenantKey>(&text).unwrap(), key);
        }
    }
}
