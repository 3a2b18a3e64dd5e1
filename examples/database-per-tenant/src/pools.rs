//! The pools on tenants' databases that are open.

use quick_cache::sync::Cache;
use sea_orm::{
    DatabaseConnection, DbBackend, SqlxPostgresConnector,
    sqlx::postgres::{PgConnectOptions, PgPoolOptions},
};
use tenancy_core::{Databases, Error, PhysicalName, Purpose, Result, Tenant};

use crate::sql;

#[derive(Debug)]
pub(crate) struct Pools {
    // A pool in use outlives its place here: whoever uses it holds a clone.
    data: Cache<PhysicalName, DatabaseConnection>,
    migration: Cache<PhysicalName, DatabaseConnection>,
    connections: u32,
}

impl Pools {
    pub(crate) fn new(open: u32, connections: u32) -> Self {
        let open = usize::try_from(open).unwrap_or(usize::MAX);
        Self { data: Cache::new(open), migration: Cache::new(open), connections }
    }

    /// The pool on a tenant's database, opened if it is not open.
    pub(crate) async fn open(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        purpose: Purpose,
    ) -> Result<DatabaseConnection> {
        let pools = match purpose {
            Purpose::Data => &self.data,
            Purpose::Migration => &self.migration,
        };
        let name = &tenant.physical_name;
        let open = async {
            if !sql::is_there(databases, name.as_str()).await? {
                let slug = tenant.slug.to_string();
                return Err(Error::WrongPlace { slug, reason: format!("`{name}` is missing") });
            }
            self.connect(databases, name.as_str(), purpose)
        };
        pools.get_or_insert_async(name, open).await
    }

    /// A new pool on a database of the same server, by the role that the purpose has there; it connects
    /// when it is used.
    pub(crate) fn connect(
        &self,
        databases: &Databases,
        name: &str,
        purpose: Purpose,
    ) -> Result<DatabaseConnection> {
        let options = options(databases, purpose)?.database(name);
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(databases.pool_options.acquire_timeout)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }

    /// Closes the pools of a tenant, when what runs on them has ended.
    pub(crate) async fn close(&self, name: &PhysicalName) -> Result<()> {
        for pools in [&self.data, &self.migration] {
            if let Some((_, pool)) = pools.remove(name) {
                let doing = "closing the tenant's database";
                pool.close().await.map_err(|source| Error::Database { doing, source })?;
            }
        }
        Ok(())
    }
}

/// How the server of the registry is reached for a purpose.
pub(crate) fn options(databases: &Databases, purpose: Purpose) -> Result<PgConnectOptions> {
    let connection = match purpose {
        Purpose::Data => &databases.data,
        Purpose::Migration => &databases.direct,
    };
    let backend = connection.get_database_backend();
    if backend != DbBackend::Postgres {
        return Err(Error::UnsupportedDatabase { backend: format!("{backend:?}") });
    }
    Ok((*connection.get_postgres_connection_pool().connect_options()).clone())
}
