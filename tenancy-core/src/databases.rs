//! Opens the connections that `Databases` holds.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::{
    error::{Error, Result},
    strategy::Databases,
};

/// What a pool is opened with.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// The most connections it opens.
    pub max_connections: u32,
    /// How long a statement waits for one of them.
    pub acquire_timeout: Duration,
}

/// How long a connection may lie idle before it is tested when it is taken again; testing it each
/// time would cost every statement a second round trip.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(30);

/// How long a connection lives: a PostgreSQL backend keeps what it learned of each table it has
/// touched for as long as it lives.
const MAX_LIFETIME: Duration = Duration::from_secs(20 * 60);

/// Opens a pool with the framework's settings. A strategy uses it for places of its own, such as
/// files.
///
/// # Errors
/// [`Error::Database`] when the database cannot be reached.
pub async fn open_pool(url: &str, options: PoolOptions) -> Result<DatabaseConnection> {
    let mut connect = ConnectOptions::new(url.to_owned());
    connect
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .max_lifetime(MAX_LIFETIME)
        .test_before_acquire_if_idle_for(TEST_AFTER_IDLE)
        .sqlx_logging(false);
    #[cfg(feature = "postgres")]
    connect.map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(1_000));
    #[cfg(feature = "sqlite")]
    connect.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
    });
    Database::connect(connect).await.map_err(Error::database("connecting to the database"))
}

/// Where the three addresses lead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses<'a> {
    pub(crate) data: &'a str,
    pub(crate) direct: Option<&'a str>,
    pub(crate) central: Option<&'a str>,
}

/// Opens the pools; addresses that are the same share one.
pub(crate) async fn open(addresses: Addresses<'_>, options: PoolOptions) -> Result<Databases> {
    let data = open_pool(addresses.data, options).await?;
    let direct = match addresses.direct {
        Some(url) if url != addresses.data => open_pool(url, options).await?,
        _ => data.clone(),
    };
    let central = match addresses.central {
        Some(url) if url == addresses.data => data.clone(),
        Some(url) if Some(url) == addresses.direct => direct.clone(),
        Some(url) => open_pool(url, options).await?,
        None => data.clone(),
    };
    let databases = Databases { data, direct, central, pool_options: options };
    for connection in [&databases.data, &databases.direct, &databases.central] {
        check_strings(connection).await?;
    }
    Ok(databases)
}

/// Scoping reads string literals as the standard has them; a server that reads a backslash as an
/// escape would read other statements than were scoped.
async fn check_strings(connection: &DatabaseConnection) -> Result<()> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let show = Statement::from_string(DbBackend::Postgres, "SHOW standard_conforming_strings");
    let doing = Error::database("reading the server's settings");
    let row = connection.query_one_raw(show).await.map_err(&doing)?;
    let setting: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
    if setting.as_deref() == Some("on") {
        return Ok(());
    }
    Err(Error::ServerSetting { setting: "standard_conforming_strings", needed: "on" })
}
