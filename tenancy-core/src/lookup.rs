//! `TenantLookup`: finds the tenant that a request or a job names, whatever it names it by.

mod cache;

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

pub use self::cache::LookupUse;
use self::cache::{Found, LookupCache, Question};
use crate::{
    changes::{Changes, Watch},
    config::Resolve,
    connection::HandleState,
    databases::central_pool::CentralPool,
    domain::DomainName,
    error::{Error, Result},
    member::Member,
    metrics::Observer,
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
/// One that is made from a [`Registry`] asks the database each time. That of a [`Tenancy`] remembers
/// what it was told, also that a name is nobody's, for as long as `resolve.cache_seconds` says and the
/// registry does not tell that it has changed: on PostgreSQL it tells at once, on SQLite within half a
/// second, and what this process changes it knows itself. Those who ask for the same at the same time
/// wait for one answer. What is remembered costs no statement.
#[derive(Debug, Clone)]
pub struct TenantLookup {
    asked: Asked,
    cached: Option<Cached>,
}

/// Who answers what is not remembered.
#[derive(Debug, Clone)]
struct Asked {
    registry: Registry,
    /// Where it is asked; `None` for wherever it works.
    pool: Option<CentralPool>,
}

impl Asked {
    /// The registry over a connection that is free for as long as the permit is held.
    async fn turn(&self) -> Result<(Registry, Option<OwnedSemaphorePermit>)> {
        let Some(pool) = &self.pool else { return Ok((self.registry.clone(), None)) };
        let turn = pool.turn().await.map_err(Error::database("waiting for a connection"))?;
        Ok((self.registry.over(turn.connection), turn.permit))
    }
}

#[derive(Debug, Clone)]
struct Cached {
    cache: Arc<LookupCache>,
    watch: Arc<Watch>,
}

impl From<Registry> for TenantLookup {
    fn from(registry: Registry) -> Self {
        Self { asked: Asked { registry, pool: None }, cached: None }
    }
}

impl From<&Registry> for TenantLookup {
    fn from(registry: &Registry) -> Self {
        Self::from(registry.clone())
    }
}

impl From<&Tenancy> for TenantLookup {
    fn from(tenancy: &Tenancy) -> Self {
        tenancy.lookup().clone()
    }
}

impl TenantLookup {
    pub(crate) fn remembering(
        registry: Registry,
        pool: CentralPool,
        resolve: &Resolve,
        changes: Arc<Changes>,
        watch: Arc<Watch>,
        observer: Observer,
    ) -> Self {
        let lifetime = resolve.cache_lifetime();
        let cached = (!lifetime.is_zero()).then(|| {
            let size = resolve.cache_size().value;
            Cached { cache: Arc::new(LookupCache::new(size, lifetime, changes, observer)), watch }
        });
        Self { asked: Asked { registry, pool: Some(pool) }, cached }
    }

    /// How much is remembered; `None` where nothing ever is.
    #[must_use]
    pub fn usage(&self) -> Option<LookupUse> {
        self.cached.as_ref().map(|cached| cached.cache.usage())
    }

    async fn answer<A>(&self, question: Question, ask: A) -> Result<Option<Found>>
    where
        A: Future<Output = Result<Option<Found>>> + Send + 'static,
    {
        match &self.cached {
            Some(Cached { cache, watch }) => {
                watch.begin();
                cache.answer(question, ask).await
            }
            None => ask.await,
        }
    }

    async fn tenant<A>(&self, question: Question, ask: A) -> Result<Option<Tenant>>
    where
        A: Future<Output = Result<Option<Tenant>>> + Send + 'static,
    {
        let ask = async move { Ok(ask.await?.map(|tenant| Found::Tenant(Arc::new(tenant)))) };
        Ok(match self.answer(question, ask).await? {
            Some(Found::Tenant(tenant)) => Some(Arc::unwrap_or_clone(tenant)),
            Some(Found::Domain(_) | Found::Member(_)) | None => None,
        })
    }

    /// The tenant that a domain leads to, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_domain(&self, domain: &DomainName) -> Result<Option<Tenant>> {
        let (asked, domain) = (self.asked.clone(), domain.clone());
        let question = Question::Domain(domain.clone());
        let ask = async move {
            let (registry, _turn) = asked.turn().await?;
            registry.find_by_domain(&domain).await
        };
        self.tenant(question, ask).await
    }

    /// The tenant of a slug, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_slug(&self, slug: &Slug) -> Result<Option<Tenant>> {
        let (asked, slug) = (self.asked.clone(), slug.clone());
        let question = Question::Slug(slug.clone());
        let ask = async move {
            let (registry, _turn) = asked.turn().await?;
            registry.find_by_slug(&slug).await
        };
        self.tenant(question, ask).await
    }

    /// The tenant of an id, whatever its status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn by_id(&self, id: TenantId) -> Result<Option<Tenant>> {
        let asked = self.asked.clone();
        let ask = async move {
            let (registry, _turn) = asked.turn().await?;
            registry.find(id).await
        };
        self.tenant(Question::Id(id), ask).await
    }

    /// The tenant of an id and the state that its handles share, where they are remembered and hold.
    pub(crate) fn remembered(&self, id: TenantId) -> Option<(Arc<Tenant>, HandleState)> {
        self.cached.as_ref()?.cache.tenant(id)
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
        let asked = self.asked.clone();
        let ask = async move {
            let (registry, _turn) = asked.turn().await?;
            Ok(registry.primary_domain(tenant).await?.map(Found::Domain))
        };
        Ok(match self.answer(Question::PrimaryDomain(tenant), ask).await? {
            Some(Found::Domain(domain)) => Some(domain),
            Some(Found::Tenant(_) | Found::Member(_)) | None => None,
        })
    }

    /// A user's membership of a tenant, if there is one.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn member(&self, tenant: TenantId, user: &str) -> Result<Option<Member>> {
        let (asked, user) = (self.asked.clone(), Box::<str>::from(user));
        let question = Question::Member(tenant, user.clone());
        let ask = async move {
            let (registry, _turn) = asked.turn().await?;
            Ok(registry.find_member(tenant, &user).await?.map(Found::Member))
        };
        Ok(match self.answer(question, ask).await? {
            Some(Found::Member(member)) => Some(member),
            Some(Found::Tenant(_) | Found::Domain(_)) | None => None,
        })
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
