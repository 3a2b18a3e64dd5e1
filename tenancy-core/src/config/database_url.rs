//! [`DatabaseUrl`]: the address of a database, which never shows its secrets.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use sea_orm::DbBackend;
use serde::{Serialize, Serializer};

/// The address of a database, checked, and shown without user, password or query.
///
/// # Example
///
/// ```
/// use tenancy_core::config::DatabaseUrl;
///
/// let url: DatabaseUrl = "postgres://app:secret@db.example.com:5432/notes?sslcert=x".parse()?;
/// assert_eq!(url.to_string(), "postgres://***@db.example.com:5432/notes?***");
/// assert!(!format!("{url:?}").contains("secret"));
/// # Ok::<(), tenancy_core::config::InvalidDatabaseUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    shown: String,
    backend: DbBackend,
}

/// Why a text is not the address of a database; never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDatabaseUrl {
    /// There is no `scheme:` in front.
    #[error("has no scheme")]
    NoScheme,
    /// The scheme is not one of a supported database.
    #[error("has a scheme that is not supported")]
    UnsupportedScheme,
    /// A server's address names no host.
    #[error("names no host")]
    NoHost,
    /// The host is neither a name nor an address.
    #[error("has a host that is neither a name nor an address")]
    InvalidHost,
    /// The part after the host is not a port number.
    #[error("has a port that is not a number between 1 and 65535")]
    InvalidPort,
    /// A server's address names no database.
    #[error("names no database")]
    NoDatabase,
    /// An address holds no blank, control or non-ASCII character as it is.
    #[error("holds a character that must be written as `%..`")]
    InvalidCharacter,
}

impl DatabaseUrl {
    /// Returns the whole address with its secrets, for opening a connection and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns the name of the database on a server.
    #[must_use]
    pub fn database_name(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once(':')?;
        Address::split(rest).path.strip_prefix('/').filter(|name| !name.is_empty())
    }

    /// Returns the kind of database behind the address.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.backend
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidDatabaseUrl::NoScheme)?;
        let backend = backend(scheme)?;
        let address = Address::split(rest);
        match backend {
            DbBackend::Sqlite => address.check_file(rest)?,
            DbBackend::Postgres | DbBackend::MySql => address.check_server(rest)?,
            _ => return Err(InvalidDatabaseUrl::UnsupportedScheme),
        }
        let shown = address.shown(scheme);
        // The driver knows one scheme for both.
        let text =
            if backend == DbBackend::MySql { format!("mysql:{rest}") } else { text.to_owned() };
        Ok(Self { text, shown, backend })
    }
}

fn backend(scheme: &str) -> Result<DbBackend, InvalidDatabaseUrl> {
    match scheme {
        "postgres" | "postgresql" => Ok(DbBackend::Postgres),
        "mysql" | "mariadb" => Ok(DbBackend::MySql),
        "sqlite" => Ok(DbBackend::Sqlite),
        _ => Err(InvalidDatabaseUrl::UnsupportedScheme),
    }
}

/// The parts of an address after its scheme.
struct Address<'a> {
    slashes: bool,
    user: bool,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    query: bool,
    /// An `@` stands after the host's end, so that no part is known to be free of secrets.
    unclear: bool,
}

impl<'a> Address<'a> {
    fn split(rest: &'a str) -> Self {
        let (slashes, rest) = rest.strip_prefix("//").map_or((false, rest), |rest| (true, rest));
        let (front, query) = match rest.find(['?', '#']) {
            Some(end) => (&rest[..end], Some(&rest[end..])),
            None => (rest, None),
        };
        let (user, place) = front.rsplit_once('@').map_or((false, front), |(_, p)| (true, p));
        let path_start = place.find('/').unwrap_or(place.len());
        let (authority, path) = place.split_at(path_start);
        let (host, port) = split_port(authority);
        let unclear = query.is_some_and(|query| query.contains('@'));
        Self { slashes, user, host, port, path, query: query.is_some(), unclear }
    }

    fn check_server(&self, rest: &str) -> Result<(), InvalidDatabaseUrl> {
        if !self.slashes || (self.host.is_empty() && !rest.contains("host=")) {
            return Err(InvalidDatabaseUrl::NoHost);
        }
        self.check_host()?;
        if rest.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(InvalidDatabaseUrl::InvalidCharacter);
        }
        if self.path.len() < 2 { Err(InvalidDatabaseUrl::NoDatabase) } else { Ok(()) }
    }

    fn check_file(&self, rest: &str) -> Result<(), InvalidDatabaseUrl> {
        let file = rest.strip_prefix("//").unwrap_or(rest);
        if ["", "/"].contains(&file) || file.starts_with('?') {
            return Err(InvalidDatabaseUrl::NoDatabase);
        }
        if rest.chars().any(char::is_control) {
            return Err(InvalidDatabaseUrl::InvalidCharacter);
        }
        if self.slashes { self.check_host() } else { Ok(()) }
    }

    /// Refuses what the driver's parser refuses too, where it would panic.
    fn check_host(&self) -> Result<(), InvalidDatabaseUrl> {
        if self.port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return Err(InvalidDatabaseUrl::InvalidPort);
        }
        let brackets = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-%~".contains(c);
        let valid = match brackets {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => self.host.chars().all(plain),
        };
        let host_lacks = self.host.is_empty() && (self.user || self.port.is_some());
        if valid && !host_lacks { Ok(()) } else { Err(InvalidDatabaseUrl::InvalidHost) }
    }

    /// Shows what is certainly no secret; in doubt nothing but the scheme.
    fn shown(&self, scheme: &str) -> String {
        let slashes = if self.slashes { "//" } else { "" };
        let safe = |c: char| c.is_ascii_alphanumeric() || "._-/:[]%~".contains(c);
        if self.unclear || !self.host.chars().chain(self.path.chars()).all(safe) {
            return format!("{scheme}:{slashes}***");
        }
        let user = if self.user { "***@" } else { "" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let query = if self.query { "?***" } else { "" };
        format!("{scheme}:{slashes}{user}{}{port}{}{query}", self.host, self.path)
    }
}

/// Splits `host:port`, where the host may be an IPv6 address in brackets or `:memory:`.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if authority == ":memory:" {
        return (authority, None);
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.shown)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap().to_string()
    }

    #[test]
    fn user_password_and_query_are_never_shown() {
        assert_eq!(shown("postgres://u:p@db/notes"), "postgres://***@db/notes");
        assert_eq!(shown("postgresql://u@db:5432/notes"), "postgresql://***@db:5432/notes");
        assert_eq!(shown("mysql://db/notes?password=p"), "mysql://db/notes?***");
        assert_eq!(shown("mariadb://u:p@db/notes"), "mariadb://***@db/notes");
        assert_eq!(shown("postgres:///notes?host=/run"), "postgres:///notes?***");
        assert_eq!(shown("postgres://u:p@[::1]:5432/notes"), "postgres://***@[::1]:5432/notes");
        assert_eq!(shown("sqlite://data/notes.db?mode=rwc"), "sqlite://data/notes.db?***");
        assert_eq!(shown("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(shown("sqlite:notes.db"), "sqlite:notes.db");
    }

    #[test]
    fn a_password_with_separators_does_not_slip_out() {
        for password in ["s3/cr3t", "s3@cr3t", "s3?cr3t", "s3#cr3t", "s3:cr3t", "s3?c@r3t/x"] {
            let text = format!("postgres://u:{password}@db:5432/notes");
            if let Ok(url) = text.parse::<DatabaseUrl>() {
                let all = format!("{url} {url:?}");
                assert!(!all.contains("cr3t") && !all.contains("r3t"), "{all}");
            }
        }
        let query = "postgres://db/notes?password=a@s3cr3t";
        assert_eq!(shown(query), "postgres://***");
    }

    #[test]
    fn impossible_addresses_are_refused() {
        let error = |text: &str| text.parse::<DatabaseUrl>().unwrap_err();
        assert_eq!(error("notes"), InvalidDatabaseUrl::NoScheme);
        assert_eq!(error("mongodb://db/notes"), InvalidDatabaseUrl::UnsupportedScheme);
        assert_eq!(error("postgres:db/notes"), InvalidDatabaseUrl::NoHost);
        assert_eq!(error("postgres:///notes"), InvalidDatabaseUrl::NoHost);
        assert_eq!(error("postgres://db"), InvalidDatabaseUrl::NoDatabase);
        assert_eq!(error("postgres://db/"), InvalidDatabaseUrl::NoDatabase);
        assert_eq!(error("postgres://user:secret"), InvalidDatabaseUrl::InvalidPort);
        assert_eq!(error("postgres://db:0/notes"), InvalidDatabaseUrl::InvalidPort);
        assert_eq!(error("postgres://db/no tes"), InvalidDatabaseUrl::InvalidCharacter);
        assert_eq!(error("postgres://d b/notes"), InvalidDatabaseUrl::InvalidHost);
        assert_eq!(error("postgres://[::1/notes"), InvalidDatabaseUrl::InvalidHost);
        assert_eq!(error("sqlite:"), InvalidDatabaseUrl::NoDatabase);
        assert_eq!(error("sqlite://"), InvalidDatabaseUrl::NoDatabase);
    }

    #[test]
    fn whatever_is_accepted_does_not_make_the_driver_panic() {
        let places = [
            "db/notes",
            "d b/notes",
            "[::1]/notes",
            "[::1/notes",
            "u:p@db:1/n",
            ":1/notes",
            "u@:1/notes",
            ":memory:",
            "C:/notes.db",
            "a|b/notes",
            "%zz/notes",
            "db:99999/n",
            "ü/notes",
            "/data/my notes.db",
            "my notes.db",
            "u:p@/notes?host=/run",
            "^/notes",
            "u:p[@db/notes",
            "u:p%@db/notes",
            "..",
            "a\\b/notes",
            "db/notes?a=[",
            "<db>/notes",
        ];
        for place in places {
            for front in ["postgres://", "postgresql://", "mysql://", "sqlite://", "sqlite:"] {
                let text = format!("{front}{place}");
                let Ok(url) = text.parse::<DatabaseUrl>() else { continue };
                assert!(url.backend().is_prefix_of(url.expose()), "{text}");
            }
        }
    }
}
