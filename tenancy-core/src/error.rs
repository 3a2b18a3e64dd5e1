//! Everything that can go wrong: `Error`, with a code and a hint, and how it crosses SeaORM.

use std::sync::Arc;

use sea_orm::DbErr;

use crate::{scope::Refusal, tenant::TenantStatus};

/// The result of what this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. Its text never holds parameter values, addresses or passwords.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that may not stand where it should.
    #[error("`{name}` is not a valid {kind}: {reason}", name = name.escape_default())]
    InvalidName {
        /// What it was to name.
        kind: &'static str,
        /// The name as it came in.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No tenant of this slug, id or domain.
    #[error("no tenant `{tenant}`")]
    UnknownTenant {
        /// What was looked for.
        tenant: String,
    },
    /// The tenant exists and is not served now.
    #[error("the tenant `{slug}` is {status}")]
    NotServed {
        /// The tenant's slug.
        slug: String,
        /// Its status.
        status: TenantStatus,
    },
    /// The handle was opened before the tenant was archived, deleted or moved.
    #[error("the handle of the tenant `{slug}` is older than the tenant's present place")]
    StaleHandle {
        /// The tenant's slug when the handle was opened.
        slug: String,
    },
    /// A statement was refused by scoping.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database is none that is supported.
    #[error("the database `{backend}` is not supported")]
    UnsupportedDatabase {
        /// Its name.
        backend: String,
    },
    /// The database did not do what it was asked.
    #[error("{doing} failed")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        source: DbErr,
    },
}

impl Error {
    /// The stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidName { .. } => "COR101",
            Self::UnknownTenant { .. } => "COR102",
            Self::NotServed { .. } => "COR103",
            Self::StaleHandle { .. } => "COR104",
            Self::Refused(refusal) => refusal.code(),
            Self::UnsupportedDatabase { .. } => "COR105",
            Self::Database { .. } => "COR106",
        }
    }

    /// What to do about it, in a line.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::InvalidName { .. } => None,
            Self::UnknownTenant { .. } => Some("`tenancy tenant list` shows all tenants"),
            Self::NotServed { .. } => Some("`tenancy tenant resume` puts it back into service"),
            Self::StaleHandle { .. } => Some("open a new handle"),
            Self::Refused(refusal) => refusal.hint(),
            Self::UnsupportedDatabase { .. } => Some("use PostgreSQL or SQLite"),
            Self::Database { .. } => None,
        }
    }

    /// Finds the error in what SeaORM returned, if it was one of ours.
    ///
    /// ```
    /// use sea_orm::DbErr;
    /// use tenancy_core::{Error, scope::Refusal};
    ///
    /// let refused = Error::from(Refusal::NotParsed { reason: "no statement".to_owned() });
    /// let crossed = DbErr::from(refused);
    /// assert_eq!(Error::from_db_err(&crossed).map(Error::code), Some("SCO101"));
    /// ```
    #[must_use]
    pub fn from_db_err(error: &DbErr) -> Option<&Self> {
        let DbErr::TryIntoErr { source, .. } = error else { return None };
        source.downcast_ref()
    }

    /// For `map_err`: the database failed while something was being done.
    pub(crate) fn database(doing: &'static str) -> impl Fn(DbErr) -> Self {
        move |source| match Self::from_db_err(&source) {
            Some(ours) => ours.clone(),
            None => Self::Database { doing, source },
        }
    }
}

impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        Self::TryIntoErr {
            from: "statement",
            into: "tenant-bound statement",
            source: Arc::new(error),
        }
    }
}
