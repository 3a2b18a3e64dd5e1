//! A real PgBouncer for one test, before the server of an address; it ends with the test.
//!
//! Its programs are named by [`PGBOUNCER`] and [`PGBOUNCER_UNTRACKED`], which `cargo xtask test` sets
//! after fetching them. Without a variable [`TestPooler::before`] returns
//! [`TestPoolerError::Unavailable`], and the caller decides whether the test can do without; where
//! [`REQUIRE`](super::database::REQUIRE) lists `pgbouncer`, it is another error.

use std::{
    fmt, io,
    net::TcpListener,
    path::{Path, PathBuf},
};

use super::{
    database,
    keeper::{Keeper, Owner},
};

/// The environment variable that names a PgBouncer of version 1.21 or newer, which can keep the
/// prepared statements of its clients apart.
pub const PGBOUNCER: &str = "TENANCY_TEST_PGBOUNCER";

/// The environment variable that names an older one, which cannot.
pub const PGBOUNCER_UNTRACKED: &str = "TENANCY_TEST_PGBOUNCER_UNTRACKED";

/// The environment variable that sends tests through a pooler before the server of
/// [`POSTGRES_URL`](database::POSTGRES_URL), as `host:port`.
pub const POOLER: &str = "TENANCY_TEST_POOLER";

/// `$1` is the folder, `$2` is `pgbouncer`, `$3` its configuration. What it says is passed on.
const KEEPER: &str = r#"
trap '' INT TERM HUP
"$2" "$3" </dev/null 2>&1 & pooler=$!
while read -r _; do :; done
kill -KILL "$pooler"
wait "$pooler"
rm -rf -- "$1"
"#;

/// What it says when it takes connections.
const READY: &str = "process up";

/// Why a test got no pooler.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestPoolerError {
    /// No program is named, and none is demanded: the caller may leave the test out.
    #[error("no PgBouncer for tests: the environment variable `{variable}` is not set")]
    Unavailable {
        /// The variable that would name it.
        variable: &'static str,
    },
    /// No program is named although one is demanded: the test must fail.
    #[error("a PgBouncer is demanded, but `{variable}` is not set")]
    Required {
        /// The variable that would name it.
        variable: &'static str,
    },
    /// The address has no user, or no host and port.
    #[error("a PgBouncer cannot be put before this address")]
    Address,
    /// It did not start.
    #[error("PgBouncer did not start")]
    Start {
        /// What the operating system said, or PgBouncer.
        #[source]
        source: io::Error,
    },
}

impl TestPoolerError {
    /// Tells whether the test may be left out: no program is named and none is demanded.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// When a pooler gives a server process to another client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PoolMode {
    /// When the client has gone.
    Session,
    /// After each transaction.
    Transaction,
}

impl fmt::Display for PoolMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
        })
    }
}

/// How a PgBouncer of a test pools.
#[derive(Debug, Clone, Copy)]
pub struct Pooling {
    mode: PoolMode,
    /// `None` is a release that knows no such setting.
    prepared_statements: Option<u32>,
    processes: u32,
    round_robin: bool,
}

impl Pooling {
    /// Each transaction gets one of so many processes, and prepared statements are kept apart.
    #[must_use]
    pub fn tracking(processes: u32) -> Self {
        Self {
            mode: PoolMode::Transaction,
            prepared_statements: Some(200),
            processes,
            round_robin: false,
        }
    }

    /// The same by a release that can keep prepared statements apart, and is told not to.
    #[must_use]
    pub fn told_not_to_track(processes: u32) -> Self {
        Self { prepared_statements: Some(0), ..Self::tracking(processes) }
    }

    /// The same by a release that cannot keep prepared statements apart.
    #[must_use]
    pub fn untracked(processes: u32) -> Self {
        Self { prepared_statements: None, ..Self::tracking(processes) }
    }

    /// Processes are given for a whole session instead.
    #[must_use]
    pub fn by_session(self) -> Self {
        Self { mode: PoolMode::Session, ..self }
    }

    /// The process that has waited longest is the next, instead of the one that has waited least.
    #[must_use]
    pub fn round_robin(self) -> Self {
        Self { round_robin: true, ..self }
    }

    fn program(&self) -> Result<PathBuf, TestPoolerError> {
        let variable =
            if self.prepared_statements.is_some() { PGBOUNCER } else { PGBOUNCER_UNTRACKED };
        if let Some(program) = database::variable(variable).filter(|value| !value.is_empty()) {
            return Ok(program.into());
        }
        let required = database::variable(database::REQUIRE)
            .is_some_and(|list| list.split(',').any(|server| server.trim() == "pgbouncer"));
        Err(match required {
            true => TestPoolerError::Required { variable },
            false => TestPoolerError::Unavailable { variable },
        })
    }

    fn configuration(&self, server: &Address<'_>, users: &Path, port: u16) -> String {
        let Self { mode, processes, round_robin, .. } = self;
        let Address { host, port: server_port, .. } = server;
        let tracking = self
            .prepared_statements
            .map_or_else(String::new, |most| format!("max_prepared_statements = {most}\n"));
        format!(
            "[databases]\n\
             * = host={host} port={server_port}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = trust\n\
             auth_file = {}\n\
             pool_mode = {mode}\n\
             default_pool_size = {processes}\n\
             server_round_robin = {}\n\
             {tracking}\
             max_client_conn = 500\n\
             ignore_startup_parameters = extra_float_digits\n\
             log_connections = 0\n\
             log_disconnections = 0\n",
            users.display(),
            u8::from(*round_robin),
        )
    }
}

/// The parts of a server's address.
#[derive(Debug)]
struct Address<'u> {
    user: &'u str,
    password: &'u str,
    host: &'u str,
    port: u16,
    rest: &'u str,
}

impl<'u> Address<'u> {
    fn parse(url: &'u str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let (authority, rest) = rest.split_once('/')?;
        let (user, place) = authority.rsplit_once('@')?;
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (place, 5432),
        };
        (!host.is_empty()).then_some(Self { user, password, host, port, rest })
    }
}

/// The address of a database through the pooler that the whole run goes through, if it goes through
/// one.
#[must_use]
pub fn through(url: &str) -> Option<String> {
    let pooler = database::variable(POOLER).filter(|place| !place.is_empty())?;
    let Address { user, rest, .. } = Address::parse(url)?;
    Some(format!("postgres://{user}@{pooler}/{rest}"))
}

/// A PgBouncer that runs for as long as this value lives.
#[derive(Debug)]
pub struct TestPooler {
    url: String,
    _keeper: Keeper,
}

impl TestPooler {
    /// Puts a PgBouncer before the server of an address. It lets the user of the address in, and
    /// reaches every database of the server.
    ///
    /// # Errors
    /// [`TestPoolerError`].
    pub fn before(url: &str, pooling: Pooling) -> Result<Self, TestPoolerError> {
        let server = Address::parse(url).ok_or(TestPoolerError::Address)?;
        let program = pooling.program()?;
        let started = Self::start(&program, &server, pooling);
        let (keeper, port) = started.map_err(|source| TestPoolerError::Start { source })?;
        let Address { user, rest, .. } = server;
        Ok(Self { url: format!("postgres://{user}@127.0.0.1:{port}/{rest}"), _keeper: keeper })
    }

    fn start(program: &Path, server: &Address<'_>, pooling: Pooling) -> io::Result<(Keeper, u16)> {
        let owner = Owner::find()?;
        let folder = owner.folder("tenancy-pooler-")?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let users = folder.path().join("users.txt");
        let quoted = |word: &str| format!("\"{}\"", word.replace('"', "\"\""));
        owner.write(&users, &format!("{} {}\n", quoted(server.user), quoted(server.password)))?;
        let file = folder.path().join("pgbouncer.ini");
        owner.write(&file, &pooling.configuration(server, &users, port))?;
        let words = [program.as_os_str(), file.as_os_str()];
        let keeper = Keeper::start(&owner, KEEPER, folder, &words)?;
        keeper.wait(READY)?;
        Ok((keeper, port))
    }

    /// The address of the pooler, for the database of the address that it was made with.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{Address, Pooling};

    /// What the page of the book tells people to write is what the tests go through.
    #[test]
    fn the_book_shows_what_is_tested() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/poolers.md");
        let page = fs::read_to_string(page).unwrap();
        let block = page.split("```ini\n").nth(1).unwrap().split("```").next().unwrap();
        let server = Address::parse("postgres://app@localhost:5432/app").unwrap();
        let tested = Pooling::tracking(2).configuration(&server, Path::new("users.txt"), 6432);
        for line in block.lines().filter(|line| !line.starts_with(';')) {
            assert!(tested.lines().any(|tested| tested == line), "`{line}` in\n{tested}");
        }
    }
}
