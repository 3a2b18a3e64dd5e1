//! A user's belonging to a tenant: `Member` and `Role`.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    tenant::TenantId,
};

/// What a member may do, from most to least. The application gives the roles their meaning; the
/// framework only keeps at least one owner in each tenant that has had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// Answers for the tenant.
    Owner,
    /// Administers it.
    Admin,
    /// Manages its work.
    Manager,
    /// Works in it.
    User,
    /// Looks at it.
    Readonly,
}

impl Role {
    /// All roles, from most to least.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Admin, Self::Manager, Self::User, Self::Readonly];

    /// The role as it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::User => "user",
            Self::Readonly => "readonly",
        }
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(role: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == role).ok_or_else(|| {
            Error::InvalidName {
                kind: "role",
                name: role.to_owned(),
                reason: "known are owner, admin, manager, user and readonly",
            }
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A user who belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Member {
    /// The tenant.
    pub tenant: TenantId,
    /// The application's own id of the user, as text.
    pub user: String,
    /// What the user may do there.
    pub role: Role,
    /// Since when.
    pub since: DateTime<Utc>,
}
