//! [`PoolUse`]: how busy a pool is.

use sea_orm::{DatabaseConnection, DbBackend};

use crate::strategy::Databases;

/// How many connections of a pool there are, and how many of them lie idle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolUse {
    /// What the pool is for: `data`, `direct` and `central` as the addresses are called, where they
    /// have a pool of their own, and `tenants` with a number for those that each serve some of the
    /// tenants.
    pub pool: String,
    /// How many connections are open.
    pub open: u32,
    /// How many of those nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub most: u32,
}

impl PoolUse {
    fn of(pool: String, connection: &DatabaseConnection) -> Self {
        let (open, idle, most) = numbers(connection);
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        Self { pool, open, idle, most }
    }
}

fn numbers(connection: &DatabaseConnection) -> (u32, usize, u32) {
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
        _ => (0, 0, 0),
    }
}

impl Databases {
    pub(crate) fn pool_use(&self) -> Vec<PoolUse> {
        let mut pools = vec![PoolUse::of("data".to_owned(), &self.data)];
        if self.has_direct {
            pools.push(PoolUse::of("direct".to_owned(), &self.direct));
        }
        if self.has_central {
            pools.push(PoolUse::of("central".to_owned(), &self.central));
        }
        for (at, connection) in
            self.sub_pools.iter().flat_map(|pools| pools.connections()).enumerate()
        {
            pools.push(PoolUse::of(format!("tenants {}", at + 1), connection));
        }
        pools
    }

    /// To how many addresses there are connections.
    pub(crate) fn pools(&self) -> u32 {
        1 + u32::from(self.has_direct) + u32::from(self.has_central)
    }

    /// Closes every connection, when what runs on it has ended.
    pub(crate) async fn close(&self) {
        for connection in self.sub_pools.iter().flat_map(|pools| pools.connections()) {
            // A pool that is closed already is what is wanted.
            drop(connection.close_by_ref().await);
        }
        for connection in [&self.data, &self.direct, &self.central] {
            drop(connection.close_by_ref().await);
        }
    }
}
