//! The customer kept apart: `Tenant`, its `TenantId`, `Slug` and `TenantStatus`.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    name::{PhysicalName, is_reserved},
};

/// Tells tenants apart; a UUID of version 7, so that ids sort by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(Uuid);

impl TenantId {
    /// Makes a new id from the current time and random bits.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as a UUID.
    #[must_use]
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for TenantId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<TenantId> for sea_orm::Value {
    fn from(id: TenantId) -> Self {
        Self::Uuid(Some(id.0))
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The short public name of a tenant, usable as a DNS label: `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`.
///
/// ```
/// use tenancy_core::Slug;
///
/// let acme: Slug = "acme".parse()?;
/// assert_eq!(acme.as_str(), "acme");
/// assert!("Acme".parse::<Slug>().is_err());
/// assert!("public".parse::<Slug>().is_err());
/// # Ok::<(), tenancy_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn reason_against(slug: &str) -> Option<&'static str> {
        let lower_digit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if slug.is_empty() {
            Some("it is empty")
        } else if slug.len() > 63 {
            Some("it has more than 63 bytes, the limit of a DNS label")
        } else if !slug.bytes().all(|b| lower_digit(b) || b == b'-') {
            Some("only lower-case letters, digits and hyphens may stand in it")
        } else if !slug.as_bytes()[0].is_ascii_lowercase() {
            Some("it must begin with a letter")
        } else if slug.ends_with('-') {
            Some("it must not end with a hyphen")
        } else if is_reserved(&slug.replace('-', "_")) {
            Some("it is reserved")
        } else {
            None
        }
    }
}

impl FromStr for Slug {
    type Err = Error;

    fn from_str(slug: &str) -> Result<Self> {
        match Self::reason_against(slug) {
            None => Ok(Self(slug.to_owned())),
            Some(reason) => Err(Error::InvalidName { kind: "slug", name: slug.to_owned(), reason }),
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What state a tenant is in, and with it what may be done for it.
///
/// | status | requests and jobs | migrations |
/// |---|---|---|
/// | provisioning | refused | only those of its provisioning |
/// | active | served | run |
/// | suspended | refused | run, so that it can be resumed at once |
/// | archived | refused | not run, the data stays as it is |
/// | deleted | refused | not run |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TenantStatus {
    /// Being made: its row exists, its tables may not.
    Provisioning,
    /// In service.
    Active,
    /// Out of service for now; its data is kept and kept up to date.
    Suspended,
    /// Out of service for long; its data is kept as it is.
    Archived,
    /// On its way out: its data is removed after the grace period.
    Deleted,
}

impl TenantStatus {
    /// All statuses, in the order of a tenant's life.
    pub const ALL: [Self; 5] =
        [Self::Provisioning, Self::Active, Self::Suspended, Self::Archived, Self::Deleted];

    /// The status as it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }

    /// Whether requests and jobs are served.
    #[must_use]
    pub fn is_served(self) -> bool {
        match self {
            Self::Active => true,
            Self::Provisioning | Self::Suspended | Self::Archived | Self::Deleted => false,
        }
    }

    /// Whether a migration run includes the tenant.
    #[must_use]
    pub fn is_migrated(self) -> bool {
        match self {
            Self::Active | Self::Suspended => true,
            Self::Provisioning | Self::Archived | Self::Deleted => false,
        }
    }

    /// Whether a tenant may go from this status to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Provisioning => matches!(next, Self::Active),
            Self::Active => matches!(next, Self::Suspended | Self::Archived | Self::Deleted),
            Self::Suspended => matches!(next, Self::Active | Self::Archived | Self::Deleted),
            Self::Archived => matches!(next, Self::Active | Self::Suspended | Self::Deleted),
            Self::Deleted => matches!(next, Self::Suspended),
        }
    }
}

impl FromStr for TenantStatus {
    type Err = Error;

    fn from_str(status: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == status).ok_or_else(|| {
            Error::InvalidName {
                kind: "tenant status",
                name: status.to_owned(),
                reason: "known are provisioning, active, suspended, archived and deleted",
            }
        })
    }
}

impl fmt::Display for TenantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A tenant as the registry holds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tenant {
    /// What tells it apart for ever.
    pub id: TenantId,
    /// Its short public name; may change.
    pub slug: Slug,
    /// Its name for people; may change.
    pub name: String,
    /// What may be done for it now.
    pub status: TenantStatus,
    /// Counts how often its data has left service for long; a handle of an earlier generation is
    /// refused.
    pub generation: i64,
    /// Where its data lies; never changes.
    #[serde(serialize_with = "serialize_physical_name")]
    pub physical_name: PhysicalName,
    /// What the application keeps about it.
    pub settings: serde_json::Value,
    /// The newest tenant migration it has, by name; `None` before the first.
    pub migration_head: Option<String>,
    /// When its row was made.
    pub created_at: DateTime<Utc>,
    /// When its row was changed last.
    pub updated_at: DateTime<Utc>,
}

fn serialize_physical_name<S: serde::Serializer>(
    name: &PhysicalName,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_str())
}

impl PhysicalName {
    /// Makes the name under which the data of a new tenant will lie, from its slug (for people who
    /// read a catalog) and the random tail of its id (so that it is never used again).
    pub(crate) fn for_tenant(slug: &Slug, id: TenantId) -> Result<Self> {
        const READABLE: usize = 40;
        let readable: String =
            slug.as_str().chars().take(READABLE).map(|c| if c == '-' { '_' } else { c }).collect();
        let id = id.as_uuid().simple().to_string();
        Self::parse(&format!("t_{readable}_{}", &id[20..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_slugs_are_refused() {
        let long = "a".repeat(64);
        for bad in [
            "",
            "Acme",
            "a\"b",
            "a'b",
            "a.b",
            "a/b",
            "a\\b",
            "..",
            "a b",
            "1a",
            "-a",
            "a-",
            "a_b",
            "public",
            "pg-x",
            "information-schema",
            "main",
            "ä",
            "a\0b",
            long.as_str(),
        ] {
            assert!(bad.parse::<Slug>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn physical_names_are_valid_for_every_slug_and_differ_for_every_id() {
        let slug: Slug = format!("a{}", "-b".repeat(31)).parse().unwrap();
        let one = PhysicalName::for_tenant(&slug, TenantId::generate()).unwrap();
        let two = PhysicalName::for_tenant(&slug, TenantId::generate()).unwrap();
        assert_ne!(one, two);
    }

    #[test]
    fn statuses_are_read_back() {
        for status in TenantStatus::ALL {
            assert_eq!(status.as_str().parse::<TenantStatus>().unwrap(), status);
        }
        assert!("gone".parse::<TenantStatus>().is_err());
    }
}
