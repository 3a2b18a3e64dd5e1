//! Sessions on MariaDB and MySQL: what each begins with, and what a session that migrates leaves
//! behind when it is given back.
//!
//! - The modes are set and read back: scoping reads a text with a backslash as an escape and double
//!   quotes as a string, and what does not fit is refused instead of cut.
//! - `READ COMMITTED`, as PostgreSQL has it: whoever has waited for a row reads what it is now, and no
//!   gaps between rows are locked. A transaction may ask for another level when it begins.
//! - Times are UTC and texts `utf8mb4`, which the driver sets; new tables are InnoDB's.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{
        self, Connection as _, Row as _,
        mysql::{MySqlConnection, MySqlPoolOptions},
    },
};

use tokio::time::timeout;

use super::{DEDICATED_IDLE, MAX_LIFETIME, dedicated::CONNECTIONS};
use crate::{
    error::{Error, Result},
    name::{Identifier, PhysicalName},
    strategy::{Databases, Purpose},
};

/// The modes of a session, sorted. `||` joins texts, as the driver has it.
const MODES: [&str; 6] = [
    "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION",
    "NO_ZERO_DATE",
    "NO_ZERO_IN_DATE",
    "PIPES_AS_CONCAT",
    "STRICT_TRANS_TABLES",
];

/// How many prepared statements a connection keeps. A server keeps 16,382 for all its connections
/// unless it is told otherwise (`max_prepared_stmt_count`).
const STATEMENTS: usize = 250;

/// Ends what a session has taken for a migration, however its work has ended: locks by name belong to
/// the session, and would stay with a connection that lies idle.
const END: &str = "DO RELEASE_ALL_LOCKS(); \
     SET SESSION lock_wait_timeout = DEFAULT, SESSION innodb_lock_wait_timeout = DEFAULT, \
     SESSION foreign_key_checks = 1";

/// How long a session is waited for that is given back. The driver loses count of the answers where
/// whoever asked went away in the midst of one.
const PATIENCE: Duration = Duration::from_secs(2);

/// After how many seconds the server ends a session from which it hears nothing: one that waits for an
/// answer that will not come does not keep its place in a pool for ever. A pool tests those that have
/// been idle before it gives them out.
const SILENT: u32 = 300;

/// How a pool is opened.
pub(super) fn configure(connect: &mut ConnectOptions, is_direct: bool) {
    connect
        .map_sqlx_mysql_opts(|mysql| mysql.statement_cache_capacity(STATEMENTS).charset("utf8mb4"))
        .map_sqlx_mysql_pool_opts(move |pool| prepared(pool, is_direct));
}

fn prepared(
    pool: sqlx::pool::PoolOptions<sqlx::MySql>,
    is_direct: bool,
) -> sqlx::pool::PoolOptions<sqlx::MySql> {
    let pool = pool.after_connect(|connection, _| Box::pin(begin_session(connection)));
    if !is_direct {
        return pool.after_release(|connection, _| Box::pin(is_in_step(connection)));
    }
    pool.after_release(|connection, _| {
        Box::pin(async move {
            let ended = timeout(PATIENCE, sqlx::raw_sql(END).execute(connection)).await;
            // One that waits for an answer that will not come is closed.
            ended.map_or(Ok(false), |ended| ended.map(|_| true))
        })
    })
}

/// Whether a session that is given back can be used again. One that was left in a transaction has the
/// `ROLLBACK` still to send; if it was left in the midst of a statement besides, it would wait for an
/// answer that will not come.
async fn is_in_step(connection: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
    if !connection.should_flush() {
        return Ok(true);
    }
    timeout(PATIENCE, connection.ping()).await.map_or(Ok(false), |answered| answered.map(|()| true))
}

/// Brings a session into the state that everything rests on.
async fn begin_session(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    let begin = format!(
        "SET SESSION sql_mode = '{}', SESSION autocommit = 1, SESSION foreign_key_checks = 1, \
         SESSION unique_checks = 1, SESSION default_storage_engine = 'InnoDB', \
         SESSION wait_timeout = {SILENT}; \
         SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SELECT CONVERT(@@SESSION.sql_mode USING utf8mb4)",
        MODES.join(","),
    );
    let row = sqlx::raw_sql(sqlx::AssertSqlSafe(begin)).fetch_one(connection).await?;
    let has: String = row.try_get(0)?;
    let mut has: Vec<&str> = has.split(',').collect();
    has.sort_unstable();
    if has == MODES {
        return Ok(());
    }
    let refused = Error::ServerSetting { setting: "sql_mode", needed: "what the session set" };
    Err(sqlx::Error::protocol(refused))
}

/// Refuses a database that does not hold every text.
pub(super) async fn check_charset(connection: &DatabaseConnection) -> Result<()> {
    let doing = Error::database("reading the server's settings");
    let sql = "SELECT CONVERT(@@character_set_database USING utf8mb4)";
    let ask = Statement::from_string(DbBackend::MySql, sql);
    let row = connection.query_one_raw(ask).await.map_err(&doing)?;
    let charset: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
    if charset.as_deref() == Some("utf8mb4") {
        return Ok(());
    }
    Err(Error::ServerSetting { setting: "character_set_database", needed: "utf8mb4" })
}

/// Refuses servers that are too old: without `FOR UPDATE SKIP LOCKED`, `WITH` and data dictionaries
/// that survive a crash in the middle of a change.
pub(super) async fn check_version(connection: &DatabaseConnection) -> Result<()> {
    let doing = Error::database("reading the server's version");
    let ask = Statement::from_string(DbBackend::MySql, "SELECT CONVERT(VERSION() USING utf8mb4)");
    let row = connection.query_one_raw(ask).await.map_err(&doing)?;
    let version: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
    if version.is_some_and(|version| is_new_enough(&version)) {
        return Ok(());
    }
    Err(Error::ServerSetting { setting: "version", needed: "MariaDB 10.6 or MySQL 8.0.17" })
}

fn is_new_enough(version: &str) -> bool {
    let is_mariadb = version.contains("MariaDB");
    // Old clients of MariaDB know servers by a version of MySQL that stands before theirs.
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = version.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let mut next = || numbers.next().unwrap_or_default();
    let version = (next(), next(), next());
    version >= if is_mariadb { (10, 6, 0) } else { (8, 0, 17) }
}

/// What a connection of a pool is opened with, standing in another database.
fn options_in(
    database: &DatabaseConnection,
    name: Option<&PhysicalName>,
) -> sqlx::mysql::MySqlConnectOptions {
    let options = (*database.get_mysql_connection_pool().connect_options()).clone();
    match name {
        Some(name) => options.database(name.as_str()),
        None => options,
    }
}

/// Opens a single connection beside a pool, which ends with whoever holds it.
pub(crate) async fn open_single(
    database: &DatabaseConnection,
    name: Option<&PhysicalName>,
) -> Result<DatabaseConnection> {
    open(database, name, 1, MySqlPoolOptions::new().max_lifetime(None).idle_timeout(None)).await
}

async fn open(
    database: &DatabaseConnection,
    name: Option<&PhysicalName>,
    connections: u32,
    pool: MySqlPoolOptions,
) -> Result<DatabaseConnection> {
    let pool = prepared(pool.max_connections(connections), true);
    let pool = pool.connect_with(options_in(database, name)).await.map_err(|error| {
        let source = DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
        Error::Database { doing: "opening a connection of its own", source }
    })?;
    Ok(sea_orm::SqlxMySqlConnector::from_sqlx_mysql_pool(pool))
}

impl Databases {
    /// Opens a small pool whose connections stand in a database of the server, for a strategy that
    /// keeps tenants in databases of MariaDB or MySQL. It is the application's role that is connected
    /// for statements, and the owner's for migrations.
    ///
    /// # Errors
    /// [`Error::Database`] when the database cannot be reached or is not there.
    pub async fn open_in_database(
        &self,
        name: &PhysicalName,
        purpose: Purpose,
    ) -> Result<DatabaseConnection> {
        let role = match purpose {
            Purpose::Data => &self.data,
            Purpose::Migration => &self.direct,
        };
        let pool = MySqlPoolOptions::new()
            .acquire_timeout(self.pool_options.acquire_timeout)
            .max_lifetime(MAX_LIFETIME)
            .idle_timeout(DEDICATED_IDLE);
        open(role, Some(name), CONNECTIONS, pool).await
    }

    /// The statement that creates a database of MariaDB or MySQL beside the registry's, in which texts
    /// are compared as there. It fails when there is one of that name.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry's cannot be asked.
    pub async fn database_creation(&self, name: &PhysicalName) -> Result<String> {
        let doing = Error::database("reading how texts are compared");
        let sql = "SELECT CONVERT(@@collation_database USING utf8mb4)";
        let ask = Statement::from_string(DbBackend::MySql, sql);
        let row = self.central.query_one_raw(ask).await.map_err(&doing)?;
        let collation: Option<String> =
            row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
        let collation = Identifier::parse(&collation.unwrap_or_default())?;
        Ok(format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {collation}"))
    }

    /// Opens a single connection of the owner's on MariaDB or MySQL, which stands where the registry
    /// lies. What it has locked ends with it.
    ///
    /// # Errors
    /// [`Error::Database`] when the server cannot be reached.
    pub async fn open_owner(&self) -> Result<DatabaseConnection> {
        open_single(&self.direct, None).await
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn old_servers_are_refused() {
        for new in ["10.11.14-MariaDB-0+deb12u2", "5.5.5-10.6.0-MariaDB", "8.0.17", "9.1.0"] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["10.5.29-MariaDB", "5.5.5-10.4.1-MariaDB-log", "8.0.16", "5.7.44-log", ""] {
            assert!(!is_new_enough(old), "{old}");
        }
    }
}
