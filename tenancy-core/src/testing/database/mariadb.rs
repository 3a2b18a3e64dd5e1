//! A MariaDB or MySQL server for tests: databases with generated names, each dropped by its guard,
//! together with those that were made for its tenants.

use std::{fmt, thread, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};

use super::{MYSQL_URL, REQUIRE, TestBackend, TestDatabaseError, postgres::DatabaseName};
use crate::name::PhysicalName;

/// How long a statement of the helper may take.
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
        Self::new(super::variable(MYSQL_URL), super::variable(REQUIRE).as_deref())
    }

    pub(super) fn new(
        url: Option<String>,
        require: Option<&str>,
    ) -> Result<Self, TestDatabaseError> {
        let backend = TestBackend::MariaDb;
        let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
            let required =
                require.is_some_and(|list| list.split(',').any(|server| server.trim() == "mysql"));
            return Err(if required {
                TestDatabaseError::Required { backend, variable: MYSQL_URL }
            } else {
                TestDatabaseError::Unavailable { backend, variable: MYSQL_URL }
            });
        };
        if with_database(&url, "probe").is_none() {
            return Err(TestDatabaseError::Address { variable: MYSQL_URL });
        }
        Ok(Self { url })
    }

    /// Makes an empty database with a new name.
    pub(super) async fn create(&self) -> Result<OwnedDatabase, TestDatabaseError> {
        // The guard comes first: a test that is cancelled while it waits for the server must not
        // leave the database behind.
        let database = OwnedDatabase { server: self.clone(), name: DatabaseName::random() };
        let create = format!("CREATE DATABASE `{}` CHARACTER SET utf8mb4", database.name.as_str());
        let failed = |source| TestDatabaseError::Database { action: "create a database", source };
        let connection = self.connect().await.map_err(failed)?;
        connection.execute_unprepared(&create).await.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        Ok(database)
    }

    async fn connect(&self) -> Result<DatabaseConnection, DbErr> {
        let mut options = ConnectOptions::new(self.url.clone());
        options
            .max_connections(1)
            .connect_timeout(PATIENCE)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false);
        Database::connect(options).await
    }

    async fn remove(&self, name: &DatabaseName) -> Result<(), DbErr> {
        let connection = self.connect().await?;
        // It goes on with `CREATE DATABASE` although its client has left.
        end_sessions(&connection, "info LIKE CONCAT('%', ?, '%')", name.as_str()).await?;
        let mut names = tenants(&connection, name).await?;
        names.push(name.as_str().to_owned());
        for name in names {
            end_sessions(&connection, "db = ?", &name).await?;
            connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS `{name}`")).await?;
        }
        connection.close().await
    }

    /// Removes a database from a thread with a runtime of its own: `Drop` is synchronous, and it
    /// runs inside the test's runtime, which cannot be entered a second time.
    fn remove_from_drop(&self, name: &DatabaseName) -> Result<(), String> {
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| error.to_string())?;
            runtime
                .block_on(async { tokio::time::timeout(PATIENCE, self.remove(name)).await })
                .map_err(|elapsed| elapsed.to_string())?
                .map_err(|error| error.to_string())
        };
        thread::scope(|scope| {
            scope.spawn(work).join().unwrap_or_else(|_| Err("the thread panicked".to_owned()))
        })
    }
}

/// Ends the sessions that a condition names, and waits until they are gone.
async fn end_sessions(
    connection: &DatabaseConnection,
    which: &str,
    value: &str,
) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT CAST(id AS SIGNED) FROM information_schema.processlist \
         WHERE id <> CONNECTION_ID() AND {which}"
    );
    let list = Statement::from_sql_and_values(DbBackend::MySql, sql, [value.into()]);
    loop {
        let sessions = connection.query_all_raw(list.clone()).await?;
        if sessions.is_empty() {
            return Ok(());
        }
        for session in sessions {
            let id: i64 = session.try_get_by_index(0)?;
            // One that has ended by itself is what is wanted.
            drop(connection.execute_unprepared(&format!("KILL {id}")).await);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The databases of the tenants whose registry lies in a database.
async fn tenants(
    connection: &DatabaseConnection,
    registry: &DatabaseName,
) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT 1 FROM information_schema.tables \
               WHERE table_schema = ? AND table_name = 'tenants_physical_name'";
    let find = Statement::from_sql_and_values(DbBackend::MySql, sql, [registry.as_str().into()]);
    if connection.query_one_raw(find).await?.is_none() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT name FROM `{}`.tenants_physical_name", registry.as_str());
    let rows = connection.query_all_raw(Statement::from_string(DbBackend::MySql, sql)).await?;
    let names = rows.iter().map(|row| row.try_get_by_index(0));
    let mut names: Vec<String> = names.collect::<Result<_, _>>()?;
    names.retain(|name| PhysicalName::parse(name).is_ok());
    Ok(names)
}

/// A database that this process made; dropped with this value.
#[derive(Debug)]
pub(super) struct OwnedDatabase {
    server: Server,
    name: DatabaseName,
}

impl OwnedDatabase {
    pub(super) fn url(&self) -> String {
        with_database(&self.server.url, self.name.as_str()).unwrap_or_default()
    }
}

impl Drop for OwnedDatabase {
    #[expect(clippy::print_stderr, reason = "a test has no other place to name what it left")]
    fn drop(&mut self) {
        if let Err(error) = self.server.remove_from_drop(&self.name) {
            let name = self.name.as_str();
            eprintln!("the test database `{name}` was left on the server: {error}");
        }
    }
}

/// Puts another database into the address of one, keeping user, host and parameters.
pub(super) fn with_database(url: &str, database: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme != "mysql" {
        return None;
    }
    let (rest, parameters) = match rest.split_once('?') {
        Some((rest, parameters)) => (rest, format!("?{parameters}")),
        None => (rest, String::new()),
    };
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    Some(format!("mysql://{authority}/{database}{parameters}"))
}
