//! How tenants are kept apart: `trait TenancyStrategy`.

use std::fmt::Debug;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{
    catalog::{Catalog, Table},
    databases::{PoolOptions, begin_writing},
    error::Result,
    migrate::change::SchemaChange,
    name::PhysicalName,
    scope::{Dialect, TableRule},
    tenant::Tenant,
};

/// Whether the schema changes of a tenant migration run once, or for each tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantDdl {
    /// Once: all tenants share the tables.
    Once,
    /// For each tenant: it has tables of its own.
    PerTenant,
}

/// The connections that a strategy works with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Databases {
    /// For statements of tenants (`database.url`).
    pub data: DatabaseConnection,
    /// For migrations and session locks, past any pooler (`database.direct_url`).
    pub direct: DatabaseConnection,
    /// For what concerns all tenants (`database.central_url`).
    pub central: DatabaseConnection,
    /// What a strategy opens further pools with.
    pub pool_options: PoolOptions,
}

/// Where the statements of a tenant run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Route {
    /// The connection to send them on.
    pub connection: DatabaseConnection,
    /// The schema that holds the tenant's tables, where it has one of its own.
    pub schema: Option<PhysicalName>,
}

impl Route {
    /// A route over a connection on which the tenant has no schema of its own.
    #[must_use]
    pub fn new(connection: DatabaseConnection) -> Self {
        Self { connection, schema: None }
    }

    /// The same route into a schema of the tenant's own.
    #[must_use]
    pub fn with_schema(self, schema: PhysicalName) -> Self {
        Self { schema: Some(schema), ..self }
    }
}

/// What a route is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Statements of the tenant.
    Data,
    /// Migrations of the tenant's tables.
    Migration,
}

/// A tenant's place while it is being made: nothing of it can be seen until it is published.
pub struct Site {
    /// The transaction in which the place is made and migrated.
    pub transaction: DatabaseTransaction,
    /// The schema that holds the tenant's tables, where it has one of its own.
    pub schema: Option<PhysicalName>,
    /// What makes the place visible after the transaction has been committed; `None` where the
    /// transaction is one of the registry's database and the commit does it.
    pub publish: Option<BoxFuture<'static, Result<()>>>,
}

impl Site {
    /// A place that becomes visible with the commit of a transaction of the registry's database.
    #[must_use]
    pub fn in_registry(transaction: DatabaseTransaction) -> Self {
        Self { transaction, schema: None, publish: None }
    }

    /// The same place with a schema of the tenant's own.
    #[must_use]
    pub fn with_schema(self, schema: PhysicalName) -> Self {
        Self { schema: Some(schema), ..self }
    }
}

impl Databases {
    /// Begins a transaction that will write, on the central connection.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) when the database refuses.
    pub async fn begin_central(&self) -> Result<DatabaseTransaction> {
        begin_writing(&self.central).await
    }

    /// Begins a transaction that will write, on the direct connection.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) when the database refuses.
    pub async fn begin_direct(&self) -> Result<DatabaseTransaction> {
        begin_writing(&self.direct).await
    }
}

impl Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// How the tenants of an application are kept apart.
#[async_trait]
pub trait TenancyStrategy: Debug + Send + Sync + 'static {
    /// The name of the strategy in configuration and marker row.
    fn name(&self) -> &'static str;

    /// Whether schema changes of tenant migrations run once or for each tenant.
    fn tenant_ddl(&self) -> TenantDdl;

    /// How a reference to a tenant or shared table becomes the tenant's.
    fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule;

    /// Lays a change out as the strategy needs it. `tables` is what there is before the change.
    ///
    /// # Errors
    /// When the change cannot be kept under this strategy.
    fn lay_out(
        &self,
        change: &SchemaChange,
        tables: &Catalog,
        dialect: Dialect,
    ) -> Result<Vec<SchemaChange>>;

    /// Where the statements of a tenant run.
    ///
    /// # Errors
    /// When the place cannot be reached.
    async fn route(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        purpose: Purpose,
    ) -> Result<Route>;

    /// Begins to make the place of a new tenant.
    ///
    /// # Errors
    /// When something of that name is there already, or the database refuses.
    async fn provision(&self, databases: &Databases, tenant: &Tenant) -> Result<Site>;

    /// Removes the place of a tenant with everything in it. `tables` is what tenants have.
    ///
    /// # Errors
    /// When the database refuses; the place is as it was then.
    async fn deprovision(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        tables: &Catalog,
    ) -> Result<()>;
}
