//! [`PoolUse`]: how busy a pool is.

use futures_util::{FutureExt as _, future::BoxFuture};
use sea_orm::DatabaseConnection;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
use sea_orm::DbBackend;

use crate::strategy::Databases;

/// How many connections of a pool there are, and how many of them lie idle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolUse {
    /// What the pool is for: `data`, `direct` and `central` as the addresses are called, where they
    /// have a pool of their own, `tenants` with a number for those that each serve some of the
    /// tenants and `rest` for the one beside those, and `dedicated` for all dedicated pools together.
    pub pool: String,
    /// How many connections are open.
    pub open: u32,
    /// How many of those nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub most: u32,
}

impl PoolUse {
    /// That of a pool, of whose connections some lie at hand beside it.
    fn of(pool: String, connection: &DatabaseConnection, at_hand: usize) -> Self {
        let (open, idle, most) = numbers(connection);
        let idle = u32::try_from(idle + at_hand).unwrap_or(u32::MAX);
        Self { pool, open, idle, most }
    }
}

/// How many connections are open, how many of those are idle, and how many there may be.
pub(super) fn numbers(connection: &DatabaseConnection) -> (u32, usize, u32) {
    match connection.get_database_backend() {
        #[cfg(feature = "postgres")]
        DbBackend::Postgres => {
            let pool = connection.get_postgres_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
        #[cfg(feature = "sqlite")]
        DbBackend::Sqlite => {
            let pool = connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
        #[cfg(feature = "mysql")]
        DbBackend::MySql => {
            let pool = connection.get_mysql_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
        _ => (0, 0, 0),
    }
}

/// Ends a pool at once for whoever comes next, and then waits for those who are using it.
pub(super) fn closing(connection: &DatabaseConnection) -> BoxFuture<'static, ()> {
    match connection.get_database_backend() {
        #[cfg(feature = "postgres")]
        DbBackend::Postgres => {
            let pool = connection.get_postgres_connection_pool().clone();
            drop(pool.close());
            async move { pool.close().await }.boxed()
        }
        #[cfg(feature = "sqlite")]
        DbBackend::Sqlite => {
            let pool = connection.get_sqlite_connection_pool().clone();
            drop(pool.close());
            async move { pool.close().await }.boxed()
        }
        #[cfg(feature = "mysql")]
        DbBackend::MySql => {
            let pool = connection.get_mysql_connection_pool().clone();
            drop(pool.close());
            async move { pool.close().await }.boxed()
        }
        _ => std::future::ready(()).boxed(),
    }
}

impl Databases {
    pub(crate) fn pool_use(&self) -> Vec<PoolUse> {
        #[cfg(feature = "postgres")]
        let at_hand = self.sessions.as_ref().map_or(0, |sessions| sessions.at_hand());
        #[cfg(not(feature = "postgres"))]
        let at_hand = 0;
        let mut pools = vec![PoolUse::of("data".to_owned(), &self.data, at_hand)];
        if self.has_direct {
            pools.push(PoolUse::of("direct".to_owned(), &self.direct, 0));
        }
        if self.has_central {
            pools.push(PoolUse::of("central".to_owned(), &self.central, 0));
        }
        let of_tenants = self.sub_pools.iter().flat_map(|pools| pools.with_at_hand());
        for (at, (connection, at_hand)) in of_tenants.enumerate() {
            pools.push(PoolUse::of(format!("tenants {}", at + 1), connection, at_hand));
        }
        if let Some(sub_pools) = &self.sub_pools {
            pools.push(PoolUse::of("rest".to_owned(), sub_pools.rest(), 0));
        }
        let dedicated = self.dedicated.connections();
        if !dedicated.is_empty() {
            let of_each = dedicated.iter().map(numbers);
            let (open, idle) = of_each.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
            let idle = u32::try_from(idle).unwrap_or(u32::MAX);
            let pool = "dedicated".to_owned();
            pools.push(PoolUse { pool, open, idle, most: self.dedicated.most() });
        }
        pools
    }

    /// To how many addresses there are connections.
    pub(crate) fn pools(&self) -> u32 {
        1 + u32::from(self.has_direct) + u32::from(self.has_central)
    }

    /// Closes every connection, when what runs on it has ended.
    pub(crate) async fn close(&self) {
        #[cfg(feature = "postgres")]
        if let Some(sessions) = &self.sessions {
            sessions.give_up();
        }
        for connection in self.sub_pools.iter().flat_map(|pools| pools.given_up()) {
            // A pool that is closed already is what is wanted.
            drop(connection.close_by_ref().await);
        }
        if let Some(sub_pools) = &self.sub_pools {
            drop(sub_pools.rest().close_by_ref().await);
        }
        for connection in self.dedicated.connections() {
            drop(connection.close().await);
        }
        for connection in [&self.data, &self.direct, &self.central] {
            drop(connection.close_by_ref().await);
        }
    }
}
