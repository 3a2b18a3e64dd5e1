//! A PostgreSQL server for tests: databases with generated names, each dropped by its guard.

use std::{fmt, thread, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use uuid::Uuid;

use super::{POSTGRES_URL, REQUIRE, TestBackend, TestDatabaseError};

/// How every database made here begins, so that a person who sees one knows whose it is.
const PREFIX: &str = "tenancy_test_";

/// PostgreSQL keeps 63 bytes of a name.
const NAME_LIMIT: usize = 63;

/// How long a statement of the helper may take. Copying a template on a busy machine is slow, a
/// server that never answers must still not hang a suite.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server that the environment names.
#[derive(Clone)]
pub(super) struct Server {
    url: String,
}

impl fmt::Debug for Server {
    /// Leaves the address out, it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Server {
    pub(super) fn from_environment() -> Result<Self, TestDatabaseError> {
        Self::new(super::variable(POSTGRES_URL), super::variable(REQUIRE).as_deref())
    }

    pub(super) fn new(
        url: Option<String>,
        require: Option<&str>,
    ) -> Result<Self, TestDatabaseError> {
        let backend = TestBackend::Postgres;
        let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
            let required = require
                .is_some_and(|list| list.split(',').any(|server| server.trim() == "postgres"));
            return Err(if required {
                TestDatabaseError::Required { backend, variable: POSTGRES_URL }
            } else {
                TestDatabaseError::Unavailable { backend, variable: POSTGRES_URL }
            });
        };
        if with_database(&url, "probe").is_none() {
            return Err(TestDatabaseError::Address { variable: POSTGRES_URL });
        }
        Ok(Self { url })
    }

    /// Copies the database `source` into one with a new name.
    ///
    /// `template0` is the empty one: unlike `template1` nobody can be connected to it, which
    /// would make the copy fail.
    pub(super) async fn create(&self, source: &str) -> Result<OwnedDatabase, TestDatabaseError> {
        self.create_named(DatabaseName::random(), source).await
    }

    pub(super) async fn create_named(
        &self,
        name: DatabaseName,
        source: &str,
    ) -> Result<OwnedDatabase, TestDatabaseError> {
        let statement = format!("CREATE DATABASE {} TEMPLATE {}", name.quoted(), quoted(source));
        // The guard comes first: a test that is cancelled while it waits for the server must not
        // leave the database behind.
        let mut database = OwnedDatabase { server: self.clone(), name, state: State::Asked };
        match self.run(database.name.as_str(), &statement).await {
            Ok(()) => {
                database.state = State::Made;
                Ok(database)
            }
            Err(source) => {
                database.state = State::Refused;
                Err(TestDatabaseError::Database { action: "create a database", source })
            }
        }
    }

    /// Returns the address of a database on this server.
    pub(super) fn url_of(&self, database: &str) -> String {
        with_database(&self.url, database).unwrap_or_default()
    }

    /// Opens one connection to the database that the address of the server names. The server
    /// shows it as `application`.
    pub(super) async fn connect(&self, application: &str) -> Result<DatabaseConnection, DbErr> {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}application_name={application}", self.url);
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(1)
            .connect_timeout(PATIENCE)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false);
        Database::connect(options).await
    }

    async fn run(&self, application: &str, statement: &str) -> Result<(), DbErr> {
        let connection = self.connect(application).await?;
        let result = connection.execute_unprepared(statement).await;
        connection.close().await?;
        result.map(drop)
    }

    /// Ends the sessions that were opened to create a database, and waits until they are gone: a
    /// server goes on with `CREATE DATABASE` although its client has left.
    async fn end_creation(&self, name: &DatabaseName) -> Result<(), DbErr> {
        let connection = self.connect(PREFIX).await?;
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE application_name = $1";
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.as_str().into()]);
        while !connection.query_all_raw(statement.clone()).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        connection.close().await
    }

    async fn remove(&self, name: &DatabaseName, state: State) -> Result<(), DbErr> {
        if state == State::Asked {
            self.end_creation(name).await?;
        }
        let connection = self.connect(PREFIX).await?;
        let mut databases = beside(&connection, name).await?;
        databases.push(name.as_str().to_owned());
        for database in databases {
            let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&database));
            connection.execute_unprepared(&statement).await?;
        }
        connection.close().await
    }

    /// Removes a database from a thread with a runtime of its own: `Drop` is synchronous, and it
    /// runs inside the test's runtime, which cannot be entered a second time.
    fn remove_from_drop(&self, name: &DatabaseName, state: State) -> Result<(), String> {
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| error.to_string())?;
            runtime
                .block_on(async { tokio::time::timeout(PATIENCE, self.remove(name, state)).await })
                .map_err(|elapsed| elapsed.to_string())?
                .map_err(|error| error.to_string())
        };
        thread::scope(|scope| {
            scope.spawn(work).join().unwrap_or_else(|_| Err("the thread panicked".to_owned()))
        })
    }
}

/// The databases that a strategy has made beside a test's: their comments begin with whose tenants
/// they hold.
async fn beside(
    connection: &DatabaseConnection,
    name: &DatabaseName,
) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT datname::text FROM pg_catalog.pg_database \
               WHERE pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_database'), $1)";
    let owner = format!("tenant of {},", name.as_str());
    let list = Statement::from_sql_and_values(DbBackend::Postgres, sql, [owner.into()]);
    let rows = connection.query_all_raw(list).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// How far the creation of a database came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The server may be at it, or done; its answer was not waited for.
    Asked,
    Made,
    Refused,
}

/// A database that this process made; dropped with this value.
#[derive(Debug)]
pub(super) struct OwnedDatabase {
    server: Server,
    name: DatabaseName,
    state: State,
}

impl OwnedDatabase {
    pub(super) fn url(&self) -> String {
        self.server.url_of(&self.name.0)
    }
}

impl Drop for OwnedDatabase {
    #[expect(clippy::print_stderr, reason = "a test has no other place to name what it left")]
    fn drop(&mut self) {
        if self.state == State::Refused {
            return;
        }
        if let Err(error) = self.server.remove_from_drop(&self.name, self.state) {
            eprintln!("the test database `{}` was left on the server: {error}", self.name.0);
        }
    }
}

/// A name that this helper generated. No other name is ever dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DatabaseName(String);

impl DatabaseName {
    pub(super) fn random() -> Self {
        Self(format!("{PREFIX}{}", Uuid::now_v7().simple()))
    }

    /// Accepts what this helper can have generated, and nothing else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let valid = !rest.is_empty() && text.len() <= NAME_LIMIT && rest.bytes().all(plain);
        valid.then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn quoted(&self) -> String {
        quoted(&self.0)
    }
}

/// Quotes an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Puts another database into the address of a PostgreSQL database, keeping user, host and
/// parameters.
pub(super) fn with_database(url: &str, database: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "postgres" | "postgresql") {
        return None;
    }
    let (rest, parameters) = match rest.split_once('?') {
        Some((rest, parameters)) => (rest, format!("?{parameters}")),
        None => (rest, String::new()),
    };
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    Some(format!("{scheme}://{authority}/{database}{parameters}"))
}
