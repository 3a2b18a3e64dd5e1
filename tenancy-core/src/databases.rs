//! Opens the connections that `Databases` holds.

mod at_work;
pub(crate) mod cap;
pub(crate) mod central_pool;
mod claim;
pub(crate) mod dedicated;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
mod pool_use;
#[cfg(feature = "postgres")]
pub(crate) mod sessions;
#[cfg(feature = "sqlite")]
mod sqlite;
pub(crate) mod sub_pools;
mod to_the_end;
mod transaction;
mod turn;
mod watch;

use std::{path::Path, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use self::cap::Cap;
use self::{central_pool::CentralPool, dedicated::DedicatedPools, sub_pools::SubPools};
pub use self::{dedicated::Dedicated, pool_use::PoolUse};
pub(crate) use self::{to_the_end::to_the_end, transaction::Transaction, turn::Turn, watch::Watch};
#[cfg(not(feature = "mysql"))]
use crate::strategy::Purpose;
use crate::{
    error::{Error, Result},
    name::{Identifier, PhysicalName},
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

/// How many prepared statements a connection keeps. With tenants in schemas of their own each tenant
/// has texts of its own, and a text that was turned out is planned anew.
#[cfg(feature = "postgres")]
const STATEMENTS: usize = 2_500;

/// How long a connection of a dedicated pool lies idle before it is closed.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const DEDICATED_IDLE: Duration = Duration::from_secs(60);

/// How long a statement waits for others on SQLite unless the configuration says so.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

fn connect_options(
    url: &str,
    options: PoolOptions,
    #[cfg_attr(not(feature = "sqlite"), expect(unused_variables, reason = "it is SQLite's"))]
    busy_timeout: Duration,
) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url.to_owned());
    connect
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .max_lifetime(MAX_LIFETIME)
        .test_before_acquire_if_idle_for(TEST_AFTER_IDLE)
        .sqlx_logging(false);
    #[cfg(feature = "postgres")]
    connect.map_sqlx_postgres_opts(|postgres| {
        watch::marked(postgres.statement_cache_capacity(STATEMENTS))
    });
    #[cfg(feature = "sqlite")]
    sqlite::configure(&mut connect, busy_timeout);
    #[cfg(feature = "mysql")]
    mysql::configure(&mut connect, false);
    connect
}

/// Whether an address is one of MariaDB or MySQL.
fn is_mysql(url: &str) -> bool {
    url.starts_with("mysql:")
}

/// Opens the pool of the owner, for migrations and what locks by name.
pub(crate) async fn open_direct(
    url: &str,
    options: PoolOptions,
    busy_timeout: Duration,
    watch: &Watch,
) -> Result<DatabaseConnection> {
    #[cfg(feature = "mysql")]
    if is_mysql(url) {
        let mut connect = connect_options(url, options, busy_timeout);
        mysql::configure(&mut connect, true);
        let pool = Database::connect(connect).await;
        return pool.map_err(Error::database("connecting to the database"));
    }
    open_watched(url, options, busy_timeout, watch).await
}

/// Opens a pool with the settings of the framework, for what is to be compared with it.
///
/// # Errors
/// [`Error::Database`] when the database cannot be reached.
pub async fn open_pool(url: &str, options: PoolOptions) -> Result<DatabaseConnection> {
    open_waiting(url, options, BUSY_TIMEOUT).await
}

/// The same, with how long a statement waits on SQLite.
async fn open_waiting(
    url: &str,
    options: PoolOptions,
    busy_timeout: Duration,
) -> Result<DatabaseConnection> {
    Database::connect(connect_options(url, options, busy_timeout))
        .await
        .map_err(Error::database("connecting to the database"))
}

/// Opens a pool whose connections are looked at as they are opened.
#[cfg(feature = "postgres")]
async fn open_watched(
    url: &str,
    options: PoolOptions,
    busy_timeout: Duration,
    watch: &Watch,
) -> Result<DatabaseConnection> {
    let mut connect = connect_options(url, options, busy_timeout);
    if let Some(to) = watched_options(url) {
        let watch = watch.clone();
        connect.map_sqlx_postgres_pool_opts(move |pool| {
            let (watch, to) = (watch.clone(), Arc::clone(&to));
            pool.after_connect(move |connection, _| {
                let (watch, to) = (watch.clone(), Arc::clone(&to));
                Box::pin(async move { watch.look(connection, &to).await })
            })
        });
    }
    let pool = Database::connect(connect).await;
    pool.map_err(Error::database("connecting to the database"))
}

/// Opens a pool.
#[cfg(not(feature = "postgres"))]
async fn open_watched(
    url: &str,
    options: PoolOptions,
    busy_timeout: Duration,
    _: &Watch,
) -> Result<DatabaseConnection> {
    open_waiting(url, options, busy_timeout).await
}

/// What a connection of a pool on PostgreSQL is opened with, for another one beside it.
#[cfg(feature = "postgres")]
fn watched_options(url: &str) -> Option<Arc<sea_orm::sqlx::postgres::PgConnectOptions>> {
    use sea_orm::sqlx::{ConnectOptions as _, postgres::PgConnectOptions};

    let options = url.starts_with("postgres").then(|| url.parse::<PgConnectOptions>().ok())??;
    Some(Arc::new(watch::marked(options.disable_statement_logging())))
}

/// A SQLite file to open.
#[derive(Debug, Clone, Copy)]
pub struct SqliteFile<'a> {
    /// The file.
    pub file: &'a Path,
    /// Whether to create it if it is missing.
    pub create: bool,
    /// Another file, and the name of the schema under which it is seen, read-only.
    pub attached: Option<(&'static str, &'a Path)>,
    /// How long a statement waits while somebody else writes to it
    /// ([`Databases::busy_timeout`]).
    pub busy_timeout: Duration,
}

/// Opens a pool on a SQLite file, for a strategy that keeps tenants in files.
///
/// # Errors
/// [`Error::Database`] when the file cannot be opened, and [`Error::UnsupportedDatabase`] without
/// the feature `sqlite`.
#[cfg(feature = "sqlite")]
pub async fn open_sqlite_file(
    file: SqliteFile<'_>,
    options: PoolOptions,
) -> Result<DatabaseConnection> {
    let busy_timeout = file.busy_timeout;
    let mut connect = connect_options("sqlite::memory:", options, busy_timeout);
    let (path, create) = (file.file.to_owned(), file.create);
    connect.map_sqlx_sqlite_opts(move |options| {
        let options =
            options.in_memory(false).shared_cache(false).filename(&path).create_if_missing(create);
        sqlite::with_settings(options, busy_timeout)
    });
    if let Some((schema, attached)) = file.attached {
        let uri = read_only_uri(attached);
        let schema = Identifier::parse(schema)?;
        connect.map_sqlx_sqlite_pool_opts(move |pool| {
            let (uri, schema) = (uri.clone(), schema.clone());
            pool.after_connect(move |connection, _| {
                let (uri, schema) = (uri.clone(), schema.clone());
                Box::pin(async move {
                    sqlite::check_foreign_keys(connection).await?;
                    let attach = format!("ATTACH DATABASE ? AS \"{schema}\"");
                    sea_orm::sqlx::query(sea_orm::sqlx::AssertSqlSafe(attach))
                        .bind(uri)
                        .execute(connection)
                        .await
                        .map(drop)
                })
            })
        });
    }
    Database::connect(connect).await.map_err(Error::database("opening the tenant's file"))
}

/// Opens a pool on a SQLite file.
///
/// # Errors
/// Always [`Error::UnsupportedDatabase`]: the feature `sqlite` is off.
#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "with the feature it waits")]
pub async fn open_sqlite_file(
    _file: SqliteFile<'_>,
    _options: PoolOptions,
) -> Result<DatabaseConnection> {
    Err(Error::UnsupportedDatabase { backend: "SQLite".to_owned() })
}

/// The file as SQLite's URI that opens it for reading only
/// (<https://www.sqlite.org/uri.html>).
#[cfg(feature = "sqlite")]
fn read_only_uri(file: &Path) -> String {
    let escaped: String = file
        .to_string_lossy()
        .chars()
        .map(|c| match c {
            '%' => "%25".to_owned(),
            '?' => "%3f".to_owned(),
            '#' => "%23".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("file:{escaped}?mode=ro")
}

/// Opens a single connection to the same database, which has a search path of its own for as long as
/// it lives: for what no transaction can hold. The path comes with the connection's start, so no
/// statement of anyone else ever runs under it.
///
/// # Errors
/// [`Error::Database`] when no connection can be opened, and [`Error::UnsupportedDatabase`] without
/// the feature `postgres`.
#[cfg(feature = "postgres")]
pub(crate) async fn open_single(
    database: &DatabaseConnection,
    search_path: Option<String>,
) -> Result<DatabaseConnection> {
    use sea_orm::{SqlxPostgresConnector, sqlx::postgres::PgPoolOptions};

    let mut options = (*database.get_postgres_connection_pool().connect_options()).clone();
    if let Some(path) = search_path {
        options = options.options([("search_path", path)]);
    }
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = pool.connect_with(options).await.map_err(|error| {
        let source = DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
        Error::Database { doing: "opening a connection of its own", source }
    })?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Opens a single connection.
///
/// # Errors
/// Always [`Error::UnsupportedDatabase`]: the feature `postgres` is off.
#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "with the feature it waits")]
pub(crate) async fn open_single(
    _database: &DatabaseConnection,
    _search_path: Option<String>,
) -> Result<DatabaseConnection> {
    Err(Error::UnsupportedDatabase { backend: "PostgreSQL".to_owned() })
}

impl Databases {
    /// Opens a pool whose connections stand in a schema and among the extensions, for a strategy that
    /// keeps tenants in schemas of PostgreSQL. It is the application's role that is connected, past any
    /// pooler where `database.direct_url` says how; it takes on another role, where one is named.
    ///
    /// # Errors
    /// [`Error::NotDedicated`] where what stands between drops the search path that a connection begins
    /// with, as poolers do; [`Error::Database`] when the database cannot be reached.
    #[cfg(feature = "postgres")]
    pub async fn open_in_schema(
        &self,
        schema: &PhysicalName,
        role: Option<&PhysicalName>,
    ) -> Result<DatabaseConnection> {
        use sea_orm::{SqlxPostgresConnector, sqlx::postgres::PgPoolOptions};

        let failed = |error: sea_orm::sqlx::Error| {
            let source = DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
            Error::Database { doing: "opening a dedicated pool", source }
        };
        let path = crate::migrate::tenant::search_path(schema, &self.extension_schemas);
        let mut options = (*self.data.get_postgres_connection_pool().connect_options()).clone();
        if self.has_direct {
            let direct = self.direct.get_postgres_connection_pool().connect_options();
            options = options.host(direct.get_host()).port(direct.get_port());
            if let Some(socket) = direct.get_socket() {
                options = options.socket(socket);
            }
        }
        let mut options = options.options([("search_path", path)]);
        if let Some(role) = role {
            options = options.options([("role", role.as_str())]);
        }
        let pool = PgPoolOptions::new()
            .max_connections(dedicated::CONNECTIONS)
            .acquire_timeout(self.pool_options.acquire_timeout)
            .max_lifetime(MAX_LIFETIME)
            .idle_timeout(DEDICATED_IDLE);
        let pool = match &self.cap {
            Some(cap) => cap.hold(pool, Some(Arc::new(options.clone()))),
            None => pool,
        };
        let pool = pool.connect_with(options).await.map_err(failed)?;
        if let Some(cap) = &self.cap {
            cap.join(pool.clone());
        }
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        let ask = Statement::from_string(DbBackend::Postgres, "SELECT current_schema()::text");
        let doing = Error::database("asking where a connection stands");
        let row = connection.query_one_raw(ask).await.map_err(&doing)?;
        let stands: Option<String> =
            row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?.flatten();
        if stands.as_deref() == Some(schema.as_str()) {
            return Ok(connection);
        }
        dedicated::close(&connection);
        Err(Error::NotDedicated {
            reason: "its connections do not stand in the tenant's schema".to_owned(),
        })
    }

    /// Opens a pool whose connections stand in a schema.
    ///
    /// # Errors
    /// Always [`Error::UnsupportedDatabase`]: the feature `postgres` is off.
    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    pub async fn open_in_schema(
        &self,
        _schema: &PhysicalName,
        _role: Option<&PhysicalName>,
    ) -> Result<DatabaseConnection> {
        Err(Error::UnsupportedDatabase { backend: "PostgreSQL".to_owned() })
    }
}

#[cfg(not(feature = "mysql"))]
impl Databases {
    /// Opens a pool whose connections stand in a database of the server.
    ///
    /// # Errors
    /// Always [`Error::UnsupportedDatabase`]: the feature `mysql` is off.
    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    pub async fn open_in_database(
        &self,
        _name: &PhysicalName,
        _purpose: Purpose,
    ) -> Result<DatabaseConnection> {
        Err(Error::UnsupportedDatabase { backend: "MySQL".to_owned() })
    }

    /// The statement that creates a database beside the registry's.
    ///
    /// # Errors
    /// Always [`Error::UnsupportedDatabase`]: the feature `mysql` is off.
    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    pub async fn database_creation(&self, _name: &PhysicalName) -> Result<String> {
        Err(Error::UnsupportedDatabase { backend: "MySQL".to_owned() })
    }

    /// Opens a single connection of the owner's.
    ///
    /// # Errors
    /// Always [`Error::UnsupportedDatabase`]: the feature `mysql` is off.
    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    pub async fn open_owner(&self) -> Result<DatabaseConnection> {
        Err(Error::UnsupportedDatabase { backend: "MySQL".to_owned() })
    }
}

/// Begins a transaction that will write: on SQLite it takes the write lock at once, since a
/// transaction that has read cannot wait for it later.
///
/// # Errors
/// [`Error::Database`] when the database refuses.
pub async fn begin_writing(database: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: (database.get_database_backend() == DbBackend::Sqlite)
            .then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    begin(database, options).await.map_err(Error::database("beginning a transaction"))
}

/// Begins a transaction, also if whoever wants it goes away meanwhile: the driver loses track of a
/// `BEGIN` that it is not let finish, and the next who got the connection would write into a
/// transaction that nobody commits. Begun to the end, it is rolled back when nobody takes it.
pub(crate) async fn begin(
    database: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let database = database.clone();
    to_the_end(async move { database.begin_with_options(options).await }).await
}

#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "pools of several tenants are PostgreSQL's")
)]
/// Where the three addresses lead, and how many connections there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses<'a> {
    pub(crate) data: &'a str,
    pub(crate) direct: &'a str,
    pub(crate) central: &'a str,
    pub(crate) options: PoolOptions,
    /// How long a statement waits on SQLite.
    pub(crate) busy_timeout: Duration,
    /// The schemas that hold extensions.
    pub(crate) extension_schemas: &'a [String],
    /// Over how many pools the statements of tenants are spread where each has tables of its own;
    /// `None` where all have the same.
    pub(crate) tenant_pools: Option<u32>,
    /// Of how many tenants dedicated pools may be open.
    pub(crate) dedicated_pools: u32,
}

/// Opens the pools; addresses that are the same share one.
pub(crate) async fn open(addresses: Addresses<'_>) -> Result<Databases> {
    let options = addresses.options;
    let watch = Watch::default();
    let extension_schemas = addresses.extension_schemas.iter();
    let extension_schemas =
        extension_schemas.map(|name| Identifier::parse(name)).collect::<Result<_>>()?;
    let OpenData { data, sub_pools, cap } = open_data(addresses, &watch).await?;
    // A session of MariaDB or MySQL that has locked by name is cleaned before it is used again, which
    // would cost each statement of a tenant a message.
    let has_direct = addresses.direct != addresses.data || is_mysql(addresses.data);
    let direct = if has_direct {
        // In a box, or the futures of applications would be as deep as a compiler can look.
        let direct = open_direct(addresses.direct, options, addresses.busy_timeout, &watch);
        Box::pin(direct).await?
    } else {
        data.clone()
    };
    let has_central = addresses.central != addresses.data && addresses.central != addresses.direct;
    let central = if has_central {
        open_watched(addresses.central, options, addresses.busy_timeout, &watch).await?
    } else if addresses.central == addresses.data {
        data.clone()
    } else {
        direct.clone()
    };
    let sub_pools = sub_pools.map(Arc::new);
    let beside = sub_pools.clone().filter(|_| addresses.central == addresses.data);
    let central_pool = CentralPool::new(central.clone(), beside);
    let dedicated = DedicatedPools::new(addresses.dedicated_pools, options.acquire_timeout);
    #[cfg(feature = "postgres")]
    let sessions = (data.get_database_backend() == DbBackend::Postgres)
        .then(|| sessions::Sessions::beside_others(&data));
    #[cfg(feature = "postgres")]
    if let (Some(cap), Some(sessions)) = (&cap, &sessions) {
        cap.join_sessions(sessions);
    }
    Ok(Databases {
        #[cfg(feature = "postgres")]
        sessions,
        data,
        direct,
        central,
        central_pool,
        sub_pools,
        dedicated: Arc::new(dedicated),
        cap,
        has_direct,
        has_central,
        extension_schemas,
        pool_options: options,
        busy_timeout: addresses.busy_timeout,
        watch,
    })
}

/// What is open to `database.url`.
struct OpenData {
    data: DatabaseConnection,
    sub_pools: Option<SubPools>,
    cap: Option<Arc<Cap>>,
}

/// Opens a pool that is the only one of its address.
async fn open_plain(addresses: Addresses<'_>) -> Result<DatabaseConnection> {
    let connect = connect_options(addresses.data, addresses.options, addresses.busy_timeout);
    let pool = Database::connect(connect).await;
    pool.map_err(Error::database("connecting to the database"))
}

/// Opens the pool for what is not a tenant's, and beside it those that each serve some of the tenants;
/// they open nothing before a tenant's statement comes.
#[cfg(feature = "postgres")]
async fn open_data(addresses: Addresses<'_>, watch: &Watch) -> Result<OpenData> {
    let options = addresses.options;
    if !addresses.data.starts_with("postgres") {
        let data = open_plain(addresses).await?;
        return Ok(OpenData { data, sub_pools: None, cap: None });
    }
    let Some(tenant_pools) = addresses.tenant_pools else {
        // There is nothing beside it to keep to a cap with.
        let data = open_watched(addresses.data, options, addresses.busy_timeout, watch).await?;
        return Ok(OpenData { data, sub_pools: None, cap: None });
    };
    let most = options.max_connections;
    let cap = Cap::new(most, watch.clone());
    let data = open_capped(addresses.data, options, &cap, false).await?;
    // One is left to what is no tenant's.
    let count = tenant_pools.min(most.saturating_sub(1));
    let mut pools = Vec::new();
    for at in (0..count).filter(|_| count > 1) {
        let connections = (most - 1) / count + u32::from(at < (most - 1) % count);
        let options = PoolOptions { max_connections: connections, ..options };
        pools.push((open_capped(addresses.data, options, &cap, true).await?, connections));
    }
    if pools.is_empty() {
        return Ok(OpenData { data, sub_pools: None, cap: Some(cap) });
    }
    // A pool of its own: one that may grow opens a connection while the last is on its way back.
    let one = PoolOptions { max_connections: 1, ..options };
    let rest = open_capped(addresses.data, one, &cap, true).await?;
    let sub_pools = SubPools::new(pools, rest, options.acquire_timeout);
    for sessions in sub_pools.iter().flat_map(SubPools::sessions) {
        cap.join_sessions(sessions);
    }
    Ok(OpenData { data, sub_pools, cap: Some(cap) })
}

/// Opens the pool of all statements.
#[cfg(not(feature = "postgres"))]
async fn open_data(addresses: Addresses<'_>, _: &Watch) -> Result<OpenData> {
    let data = open_plain(addresses).await?;
    Ok(OpenData { data, sub_pools: None, cap: None })
}

/// Opens one of the pools that keep to a cap together.
#[cfg(feature = "postgres")]
async fn open_capped(
    url: &str,
    options: PoolOptions,
    cap: &Arc<Cap>,
    is_lazy: bool,
) -> Result<DatabaseConnection> {
    let mut connect = connect_options(url, options, BUSY_TIMEOUT);
    let (held, to) = (Arc::clone(cap), watched_options(url));
    connect
        .connect_lazy(is_lazy)
        .map_sqlx_postgres_pool_opts(move |pool| held.hold(pool, to.clone()));
    let pool = Database::connect(connect).await;
    let pool = pool.map_err(Error::database("connecting to the database"))?;
    cap.join(pool.get_postgres_connection_pool().clone());
    Ok(pool)
}

/// Refuses servers whose settings scoping cannot rest on.
pub(crate) async fn check_settings(databases: &Databases) -> Result<()> {
    for connection in [&databases.data, &databases.direct, &databases.central] {
        check_strings(connection).await?;
    }
    #[cfg(feature = "mysql")]
    if databases.data.get_database_backend() == DbBackend::MySql {
        mysql::check_version(&databases.data).await?;
        mysql::check_charset(&databases.data).await?;
    }
    Ok(())
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
