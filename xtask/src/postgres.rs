//! The PostgreSQL server that the tests use.

mod binaries;
mod cluster;
mod owner;

use std::{
    process::{self as this_process, Command},
    sync::OnceLock,
    time::{Duration, UNIX_EPOCH},
};

use crate::{failure::Failure, process};

use cluster::Purpose;

pub(crate) use binaries::Binaries;
pub(crate) use owner::{Owner, free_port};

/// The variable under which the tests find the server.
pub(crate) const URL: &str = "TENANCY_TEST_POSTGRES_URL";

/// A server for the tests.
#[derive(Debug)]
pub(crate) enum Server {
    /// Started for this run, removed after it.
    Private(cluster::Cluster),
    /// Named by [`URL`]; not ours to stop.
    Given(String),
}

impl Server {
    /// Returns the server that the environment names, if it names one.
    #[expect(clippy::disallowed_methods, reason = "a tool, not the library's configuration")]
    pub(crate) fn given() -> Option<Self> {
        std::env::var(URL).ok().filter(|url| !url.trim().is_empty()).map(Self::Given)
    }

    pub(crate) fn start(binaries: &Binaries) -> Result<Self, Failure> {
        cluster::Cluster::start(binaries, Purpose::Tests).map(Self::Private)
    }

    /// Returns the server that the environment names, or a private one, for which missing programs
    /// are installed.
    pub(crate) fn obtain() -> Result<Self, Failure> {
        if let Some(server) = Self::given() {
            return Ok(server);
        }
        let binaries = Binaries::find().map_or_else(Binaries::install, Ok)?;
        eprintln!("xtask: starting a private PostgreSQL server");
        Self::start(&binaries)
    }

    /// Returns a private server whose settings are those of a production one with many tenants.
    pub(crate) fn for_benchmarks() -> Result<Self, Failure> {
        let binaries = Binaries::find().map_or_else(Binaries::install, Ok)?;
        eprintln!("xtask: starting a private PostgreSQL server for benchmarks");
        cluster::Cluster::start(&binaries, Purpose::Benchmarks).map(Self::Private)
    }

    /// Lets the tests that a command runs use the server. Those of one `purpose` share template
    /// databases.
    pub(crate) fn serve(&self, command: &mut Command, purpose: &str) {
        command.env(URL, self.url());
        // A test that finds no database fails instead of being left out.
        command.env("TENANCY_TEST_REQUIRE", "postgres");
        // Some tests start a server of their own, to stop it.
        if let Self::Private(cluster) = self {
            command.env("TENANCY_TEST_POSTGRES_BIN", cluster.binaries());
        }
        let id = this_process::id();
        command.env("TENANCY_TEST_RUN_ID", format!("xtask-{id}-{:?}-{purpose}", started()));
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Private(cluster) => cluster.url(),
            Self::Given(url) => url.clone(),
        }
    }

    /// Says which server this is, without its password.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Private(cluster) => {
                format!("PostgreSQL {} (private server)", cluster.version())
            }
            Self::Given(url) => {
                let version = asked_version(url).unwrap_or_else(|| "of unknown version".to_owned());
                format!("PostgreSQL {version} at {} (named by {URL})", place(url))
            }
        }
    }

    /// Stops the server if it is ours.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        match self {
            Self::Private(cluster) => cluster.stop(),
            Self::Given(_) => Ok(()),
        }
    }
}

/// When this run began: a process id alone is used again.
fn started() -> Duration {
    static STARTED: OnceLock<Duration> = OnceLock::new();
    *STARTED.get_or_init(|| UNIX_EPOCH.elapsed().unwrap_or_default())
}

/// Asks a server for its version, when there is a `psql` to ask with.
fn asked_version(url: &str) -> Option<String> {
    let (url, password) = without_password(url);
    let mut command = Command::new(process::find("psql")?);
    command.args(["-XAtw", "-c", "SHOW server_version", "-d", &url]).env("PGCONNECT_TIMEOUT", "5");
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let version = process::read(&mut command)?;
    version.split_whitespace().next().map(str::to_owned)
}

/// Takes the password out of an address: arguments of a process are public.
fn without_password(url: &str) -> (String, Option<&str>) {
    let taken = url.split_once("://").and_then(|(scheme, rest)| {
        let (user, rest) = rest.split_once('@')?;
        let (user, password) = user.split_once(':')?;
        Some((format!("{scheme}://{user}@{rest}"), Some(password)))
    });
    taken.unwrap_or_else(|| (url.to_owned(), None))
}

/// The host and port of an address.
fn place(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.split(['/', '?']).next().filter(|host| !host.is_empty()).unwrap_or("a local socket")
}

#[cfg(test)]
mod tests {
    use super::{place, without_password};

    #[test]
    fn a_password_is_never_shown() {
        let url = "postgres://app:secret@db.example.com:5432/app?sslmode=require";
        assert_eq!(place(url), "db.example.com:5432");
        let (public, password) = without_password(url);
        assert_eq!(public, "postgres://app@db.example.com:5432/app?sslmode=require");
        assert_eq!(password, Some("secret"));
        assert_eq!(without_password("postgres://app@host/db").1, None);
        assert_eq!(place("postgres:///db?host=/run/postgresql"), "a local socket");
    }
}
