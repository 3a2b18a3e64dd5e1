//! Names that may stand in SQL text: `Identifier` and `PhysicalName`, checked when they are made.

use std::fmt;

use crate::error::{Error, Result};

/// The longest name PostgreSQL keeps, in bytes; longer ones are cut silently
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
pub const MAX_NAME_BYTES: usize = 63;

/// Names of schemas and databases that no tenant may take.
const RESERVED: [&str; 10] = [
    "public",
    "information_schema",
    "main",
    "temp",
    "shared",
    "registry",
    "central",
    "tenants",
    "postgres",
    "sys",
];

pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with("pg_")
        || name.starts_with("sqlite_")
        || name.starts_with("tenants_")
        || RESERVED.contains(&name)
}

fn is_plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= MAX_NAME_BYTES
}

/// A column, table or schema name of ours: `^[a-z][a-z0-9_]{0,62}$`.
///
/// ```
/// use tenancy_core::Identifier;
///
/// assert_eq!(Identifier::parse("tenant_id")?.as_str(), "tenant_id");
/// assert!(Identifier::parse("tenant\"; drop table note; --").is_err());
/// # Ok::<(), tenancy_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Identifier(String);

impl Identifier {
    /// Checks a name.
    ///
    /// # Errors
    /// [`Error::InvalidName`] when it does not match `^[a-z][a-z0-9_]{0,62}$`.
    pub fn parse(name: &str) -> Result<Self> {
        if is_plain_name(name) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::InvalidName {
            kind: "identifier",
            name: name.to_owned(),
            reason: "it must match `^[a-z][a-z0-9_]{0,62}$`",
        })
    }

    /// A name that stands in this crate's source.
    pub(crate) fn known(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The name as it stands in a catalog.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a tenant's data lies: the name of its schema, database or file.
///
/// It is made once, when the tenant is created, never changed and never used again, so that no
/// stale handle, cache entry or job can reach a successor.
///
/// ```
/// use tenancy_core::PhysicalName;
///
/// assert!(PhysicalName::parse("t_acme_0f3a9b12").is_ok());
/// assert!(PhysicalName::parse("public").is_err());
/// assert!(PhysicalName::parse("../acme").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhysicalName(String);

impl PhysicalName {
    /// Checks a physical name.
    ///
    /// # Errors
    /// [`Error::InvalidName`] when it does not match `^[a-z][a-z0-9_]{0,62}$` or is reserved
    /// (`pg_…`, `public`, `information_schema`, …).
    pub fn parse(name: &str) -> Result<Self> {
        let reason = if !is_plain_name(name) {
            "it must match `^[a-z][a-z0-9_]{0,62}$`"
        } else if is_reserved(name) {
            "it is reserved"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Error::InvalidName { kind: "physical name", name: name.to_owned(), reason })
    }

    /// The name, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in double quotes, as it stands in SQL. It holds no quote of its own.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for PhysicalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_leave_their_quotes_are_refused() {
        for bad in ["", "A", "a\"b", "a.b", "a b", "1a", "_a", "a-b", "a/b", "a\0", "ä"] {
            assert!(Identifier::parse(bad).is_err(), "{bad:?}");
            assert!(PhysicalName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sixty_three_bytes_are_the_limit() {
        assert!(PhysicalName::parse(&"a".repeat(63)).is_ok());
        assert!(PhysicalName::parse(&"a".repeat(64)).is_err());
    }

    #[test]
    fn reserved_names_are_refused() {
        for bad in ["public", "pg_temp", "information_schema", "main", "sqlite_x", "tenants_x"] {
            assert!(PhysicalName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
