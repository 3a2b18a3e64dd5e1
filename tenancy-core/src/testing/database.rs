//! A private database for one test, dropped when the test ends, also by a panic.
//!
//! ```
//! use tenancy_core::testing::TestDatabase;
//!
//! let database = TestDatabase::sqlite()?;
//! assert!(database.url().starts_with("sqlite://"));
//! # Ok::<(), tenancy_core::testing::TestDatabaseError>(())
//! ```
//!
//! PostgreSQL databases are made on the server that [`POSTGRES_URL`] names. Without the variable
//! [`TestDatabase::postgres`] returns [`TestDatabaseError::Unavailable`], and the caller decides
//! whether the test can do without. Where [`REQUIRE`] lists `postgres`, as `cargo xtask test` and
//! CI do, it returns [`TestDatabaseError::Required`] instead, so that no suite passes by skipping.
//!
//! Databases of MariaDB and MySQL are made in the same way on the server that [`MYSQL_URL`] names;
//! its word in [`REQUIRE`] is `mysql`.

mod mariadb;
mod postgres;
mod template;

use std::{fmt, io, path::Path};

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use tempfile::TempDir;

/// The environment variable that holds the address of a PostgreSQL server for tests, as
/// `postgres://user@host:port/database`. Its role must be allowed to create databases.
pub const POSTGRES_URL: &str = "TENANCY_TEST_POSTGRES_URL";

/// The environment variable that holds the address of a MariaDB or MySQL server for tests, as
/// `mysql://user@host:port/database`. Its user must be allowed to create databases.
pub const MYSQL_URL: &str = "TENANCY_TEST_MYSQL_URL";

/// The environment variable that lists, separated by commas, the servers that must be there.
pub const REQUIRE: &str = "TENANCY_TEST_REQUIRE";

/// The environment variable under which processes share templates; see
/// [`TestDatabase::template`].
pub const RUN_ID: &str = "TENANCY_TEST_RUN_ID";

/// The kind of database that a test asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TestBackend {
    /// A SQLite file in a folder of its own.
    Sqlite,
    /// A database on a PostgreSQL server.
    Postgres,
    /// A database on a MariaDB or MySQL server.
    MariaDb,
}

impl TestBackend {
    /// The kinds that everything works on, for tests that run once for each.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for TestBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
        })
    }
}

/// Why a test got no database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestDatabaseError {
    /// No server is named, and none is demanded: the caller may leave the test out.
    #[error("no {backend} server for tests: the environment variable `{variable}` is not set")]
    Unavailable {
        /// What was asked for.
        backend: TestBackend,
        /// The variable that would name a server.
        variable: &'static str,
    },
    /// No server is named although [`REQUIRE`] demands one: the test must fail.
    #[error("`{REQUIRE}` demands a {backend} server, but `{variable}` is not set")]
    Required {
        /// What was asked for.
        backend: TestBackend,
        /// The variable that would name a server.
        variable: &'static str,
    },
    /// The variable holds something else than such a server's address. The value is not repeated,
    /// it may hold a password.
    #[error("the environment variable `{variable}` is no address of such a database")]
    Address {
        /// The variable.
        variable: &'static str,
    },
    /// The folder of a SQLite database could not be made.
    #[error("the folder for a test database could not be made")]
    Folder {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A statement of the helper itself failed.
    #[error("could not {action} for a test")]
    Database {
        /// What was being done.
        action: &'static str,
        /// What SeaORM said.
        #[source]
        source: DbErr,
    },
    /// The caller's own preparation of a template failed.
    #[error("the template `{template}` could not be prepared")]
    Prepare {
        /// The name the caller gave.
        template: String,
        /// The caller's error, of whatever type the caller uses.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl TestDatabaseError {
    /// Tells whether the test may be left out: no server is named and none is demanded.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// A database that belongs to one test.
///
/// It is dropped with this value, whoever is still connected to it.
pub struct TestDatabase {
    url: String,
    guard: Guard,
}

/// What is removed when the test ends.
enum Guard {
    Sqlite(TempDir),
    Postgres(postgres::OwnedDatabase),
    MariaDb(mariadb::OwnedDatabase),
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => f.debug_tuple("Sqlite").field(&folder.path()).finish(),
            Self::Postgres(database) => f.debug_tuple("Postgres").field(database).finish(),
            Self::MariaDb(database) => f.debug_tuple("MariaDb").field(database).finish(),
        }
    }
}

impl fmt::Debug for TestDatabase {
    /// Leaves the address out, it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl TestDatabase {
    /// Makes an empty database of the given kind.
    ///
    /// # Errors
    ///
    /// As [`TestDatabase::sqlite`], [`TestDatabase::postgres`] and [`TestDatabase::mariadb`].
    pub async fn create(backend: TestBackend) -> Result<Self, TestDatabaseError> {
        match backend {
            TestBackend::Sqlite => Self::sqlite(),
            TestBackend::Postgres => Self::postgres().await,
            TestBackend::MariaDb => Self::mariadb().await,
        }
    }

    /// Makes a folder for a SQLite database `registry.db`, which the first connection creates.
    ///
    /// # Errors
    ///
    /// [`TestDatabaseError::Folder`] when the folder cannot be made.
    pub fn sqlite() -> Result<Self, TestDatabaseError> {
        let folder = tempfile::Builder::new()
            .prefix("tenancy-test-")
            .tempdir()
            .map_err(|source| TestDatabaseError::Folder { source })?;
        let url = sqlite_url(&folder.path().join("registry.db"))?;
        Ok(Self { url, guard: Guard::Sqlite(folder) })
    }

    /// Makes an empty, randomly named database on the server of [`POSTGRES_URL`].
    ///
    /// # Errors
    ///
    /// [`TestDatabaseError::Unavailable`] when no server is named,
    /// [`TestDatabaseError::Required`] when one is demanded by [`REQUIRE`] besides, others when
    /// the server does not create the database.
    pub async fn postgres() -> Result<Self, TestDatabaseError> {
        let server = postgres::Server::from_environment()?;
        let database = server.create("template0").await?;
        Ok(Self::on_server(database))
    }

    /// Makes an empty, randomly named database on the server of [`MYSQL_URL`]. The databases of
    /// tenants whose registry lies in it are dropped with it.
    ///
    /// # Errors
    ///
    /// As [`TestDatabase::postgres`].
    pub async fn mariadb() -> Result<Self, TestDatabaseError> {
        let database = mariadb::Server::from_environment()?.create().await?;
        Ok(Self { url: database.url(), guard: Guard::MariaDb(database) })
    }

    /// Makes a database that `prepare` has been applied to.
    ///
    /// On PostgreSQL `prepare` runs once, on a database of its own, and every call with the same
    /// `template` name gets a copy of that one, which takes milliseconds however many migrations
    /// there are. The processes of one run of cargo-nextest share it; so do processes with the
    /// same [`RUN_ID`]. Without either, each process prepares its own. `prepare` is given the
    /// address to connect to; its connections are closed for it afterwards. Templates stay on the
    /// server for the other processes of the run; a later run removes them when they are older
    /// than a day.
    ///
    /// On SQLite, MariaDB and MySQL `prepare` runs for each database.
    ///
    /// # Errors
    ///
    /// As [`TestDatabase::create`], and [`TestDatabaseError::Prepare`] with what `prepare`
    /// returned.
    pub async fn template<F, R, E>(
        backend: TestBackend,
        template: &str,
        prepare: F,
    ) -> Result<Self, TestDatabaseError>
    where
        F: FnOnce(String) -> R,
        R: Future<Output = Result<(), E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let failed = |error: E| TestDatabaseError::Prepare {
            template: template.to_owned(),
            source: error.into(),
        };
        match backend {
            TestBackend::Sqlite | TestBackend::MariaDb => {
                let database = Self::create(backend).await?;
                prepare(database.url().to_owned()).await.map_err(failed)?;
                Ok(database)
            }
            TestBackend::Postgres => {
                let server = postgres::Server::from_environment()?;
                let prepare = async |url| prepare(url).await.map_err(failed);
                let source = template::prepared(&server, template, prepare).await?;
                Ok(Self::on_server(server.create(&source).await?))
            }
        }
    }

    fn on_server(database: postgres::OwnedDatabase) -> Self {
        Self { url: database.url(), guard: Guard::Postgres(database) }
    }

    /// Returns the address to connect to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the kind of database.
    #[must_use]
    pub fn backend(&self) -> TestBackend {
        match self.guard {
            Guard::Sqlite(_) => TestBackend::Sqlite,
            Guard::Postgres(_) => TestBackend::Postgres,
            Guard::MariaDb(_) => TestBackend::MariaDb,
        }
    }

    /// Returns the folder that is removed with the database, a place for the files of tenants.
    /// Only SQLite has one.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match &self.guard {
            Guard::Sqlite(folder) => Some(folder.path()),
            Guard::Postgres(_) | Guard::MariaDb(_) => None,
        }
    }

    /// Opens a small pool of connections.
    ///
    /// # Errors
    ///
    /// SeaORM's error when the database does not answer, or when SeaORM was compiled without
    /// support for it.
    pub async fn connect(&self) -> Result<DatabaseConnection, DbErr> {
        let mut options = ConnectOptions::new(self.url());
        options.max_connections(5).sqlx_logging(false);
        Database::connect(options).await
    }
}

/// Reads the environment. An unset and an unreadable variable are the same here.
#[expect(clippy::disallowed_methods, reason = "tests are told where their servers are this way")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The address of a SQLite file. The path is text of a URL there, so the characters that would
/// end it are escaped.
fn sqlite_url(file: &Path) -> Result<String, TestDatabaseError> {
    let path = file.to_str().ok_or_else(|| TestDatabaseError::Folder {
        source: io::Error::new(io::ErrorKind::InvalidInput, "the temporary folder is not UTF-8"),
    })?;
    let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite://{path}?mode=rwc"))
}

#[cfg(test)]
mod tests;
