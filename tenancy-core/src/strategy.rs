//! How tenants are kept apart: `trait TenancyStrategy`.

mod unsecured;

use std::{any::Any, collections::BTreeSet, fmt::Debug, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseConnection, DatabaseTransaction};

pub use self::unsecured::Unsecured;

#[cfg(feature = "postgres")]
use crate::databases::sessions::Sessions;
use crate::{
    catalog::{Catalog, Table},
    check::database::DatabaseCheck,
    connection::tell,
    databases::{
        PoolOptions, Watch, begin_writing, cap::Cap, central_pool::CentralPool,
        dedicated::DedicatedPools, sub_pools::SubPools,
    },
    error::Result,
    migrate::change::SchemaChange,
    name::{Identifier, PhysicalName},
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
    /// Where single statements that concern all tenants run.
    pub(crate) central_pool: CentralPool,
    /// The sessions of `data` on PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) sessions: Option<Arc<Sessions>>,
    /// The pools that each serve some of the tenants, where there are any.
    pub(crate) sub_pools: Option<Arc<SubPools>>,
    /// The dedicated pools that are open.
    pub(crate) dedicated: Arc<DedicatedPools>,
    /// How many connections the pools of `database.url` hold together, on PostgreSQL.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "it is PostgreSQL's"))]
    pub(crate) cap: Option<Arc<Cap>>,
    /// Whether migrations have an address, and so a pool, of their own.
    pub(crate) has_direct: bool,
    /// Whether what concerns all tenants has an address, and so a pool, of its own.
    pub(crate) has_central: bool,
    /// The PostgreSQL schemas that hold extensions (`database.extension_schemas`).
    pub extension_schemas: Arc<[Identifier]>,
    /// What a strategy opens further pools with.
    pub pool_options: PoolOptions,
    /// How long a statement waits on SQLite while somebody else writes to the same file.
    pub busy_timeout: Duration,
    /// What looks for poolers while the application runs.
    pub(crate) watch: Watch,
}

/// The setting from which the database's own rules read whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantSetting {
    /// Its name, as `set_config` takes it.
    pub name: &'static str,
    /// What it is set to.
    pub value: SettingValue,
    /// Whether the rules hold for the owner of the tables too, who works on a tenant's rows in
    /// migrations and removals.
    pub binds_owner: bool,
}

/// What a [`TenantSetting`] is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingValue {
    /// The tenant's id.
    TenantId,
    /// The name of the tenant's place.
    PhysicalName,
}

impl TenantSetting {
    pub(crate) fn value_for(&self, tenant: &Tenant) -> String {
        match self.value {
            SettingValue::TenantId => tenant.id.to_string(),
            SettingValue::PhysicalName => tenant.physical_name.to_string(),
        }
    }
}

/// Where the statements of a tenant run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Route {
    /// The connection to send them on.
    pub connection: DatabaseConnection,
    /// The schema that holds the tenant's tables, where it has one of its own.
    pub schema: Option<PhysicalName>,
    /// The sessions of the connection's pool that statements are sent on, where it has any.
    #[cfg(feature = "postgres")]
    pub(crate) sessions: Option<Arc<Sessions>>,
    /// The pools that a statement is sent on instead, by its tenant.
    pub(crate) sub_pools: Option<Arc<SubPools>>,
    /// What is kept as long as somebody can send on the route.
    pub(crate) kept: Option<Kept>,
}

/// What is kept, whatever it is.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

impl Route {
    /// A route over a connection on which the tenant has no schema of its own.
    #[must_use]
    pub fn new(connection: DatabaseConnection) -> Self {
        Self {
            connection,
            schema: None,
            #[cfg(feature = "postgres")]
            sessions: None,
            sub_pools: None,
            kept: None,
        }
    }

    /// A route over [`Databases::data`], which all tenants share.
    #[must_use]
    pub fn shared(databases: &Databases) -> Self {
        Self {
            #[cfg(feature = "postgres")]
            sessions: databases.sessions.clone(),
            ..Self::new(databases.data.clone())
        }
    }

    /// The same route into a schema of the tenant's own.
    #[must_use]
    pub fn with_schema(self, schema: PhysicalName) -> Self {
        Self { schema: Some(schema), ..self }
    }

    /// The same route, on which a tenant keeps to a few of the connections of [`Databases::data`]: for
    /// tenants with tables of their own, which a connection has to learn. It changes how fast
    /// statements are, and how much memory the server needs, and nothing else; where the
    /// configuration asks for a single pool, it is as [`shared`](Self::shared).
    #[must_use]
    pub fn with_affinity(self, databases: &Databases) -> Self {
        Self {
            #[cfg(feature = "postgres")]
            sessions: databases.sessions.clone(),
            sub_pools: databases.sub_pools.clone(),
            ..self
        }
    }

    /// The same route, which keeps this until nobody can send on it any more: the handles and
    /// transactions that are made of it keep it too. It is for a strategy that closes what nobody uses.
    /// Whoever takes the [`connection`](Self::connection) out of a route has to keep the route.
    #[must_use]
    pub fn keeping(self, kept: Arc<dyn Any + Send + Sync>) -> Self {
        Self { kept: Some(kept), ..self }
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

/// A tenant's place outside the registry's database while it is being made: nothing of it can be
/// seen until it is published.
pub struct Site {
    /// The transaction in which the place is filled.
    pub transaction: DatabaseTransaction,
    /// The schema that holds the tenant's tables, as in [`Route::schema`].
    pub schema: Option<PhysicalName>,
    /// What makes the place visible after the transaction has been committed.
    pub publish: BoxFuture<'static, Result<()>>,
}

impl Databases {
    /// Begins a transaction that will write, on the central connection.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) when the database refuses.
    pub async fn begin_central(&self) -> Result<DatabaseTransaction> {
        begin_writing(&self.central).await
    }

    /// Begins a transaction that will write a tenant's rows, on the direct connection, with the
    /// tenant in a [setting](TenancyStrategy::tenant_setting) where the database's own rules ask for
    /// it.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) when the database refuses.
    pub async fn begin_for(
        &self,
        tenant: &Tenant,
        setting: Option<TenantSetting>,
    ) -> Result<DatabaseTransaction> {
        let transaction = self.begin_direct().await?;
        if let Some(setting) = setting {
            tell(&transaction, setting, tenant).await?;
        }
        Ok(transaction)
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
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

/// How the tenants of an application are kept apart.
///
/// Implement it to keep them apart in another way than the two strategies that come with the
/// framework; use it only through [`Tenancy`](crate::Tenancy). A strategy says where things lie and
/// how they are laid out. It never parses, scopes or sends a statement of a tenant: the core does,
/// by the rule that the strategy gives for a table.
///
/// # Contract
/// Each clause is a function of the same name in `tenancy_core::testing::contract`; a strategy
/// keeps the contract when `tenancy_core::strategy_contract!` passes for it on each database that
/// it supports.
///
/// What a tenant's statements read and write:
/// 1. `rows_are_apart`: a statement of a tenant reads that tenant's rows and no other's.
/// 2. `writes_stay_home`: it writes that tenant's rows and no other's.
/// 3. `keys_are_the_tenants_own`: a key is unique within the tenant and means nothing outside.
/// 4. `references_stay_home`: a row of a tenant cannot refer to a row of another.
/// 5. `upserts_stay_home`: an upsert that meets another tenant's key neither changes nor replaces
///    its row.
/// 6. `transactions_keep_the_tenant`: a transaction, and one within it, is of the tenant that began
///    it.
///
/// What they cannot reach:
///
/// 7. `unknown_tables_are_refused`: a table that no migration created does not exist for a tenant.
/// 8. `registry_is_out_of_reach`: neither do the framework's own tables.
/// 9. `shared_tables_are_read_only`: shared tables can be read by every tenant and written by none.
/// 10. `refused_statements_are_not_sent`: of a statement that is refused nothing is done.
///
/// The life of a tenant's place:
///
/// 11. `provisioning_is_all_or_nothing`: a tenant whose place cannot be made is not there at all,
///     and can be created later.
/// 12. `places_are_never_taken_over`: of those who create one tenant at the same time one does, and
///     what is there stays.
/// 13. `migrations_reach_every_tenant`: a migration reaches those that are there and those that
///     come, once.
/// 14. `failed_migrations_leave_tenants_before`: one that fails leaves each tenant as it was; or, where
///     the database commits each change by itself, between two of its steps, which is reported.
/// 15. `tenants_behind_are_refused`: a tenant that lacks migrations is refused, unless the
///     application serves it so.
/// 16. `handles_end_with_service`: a handle ends with the service of its tenant, also one that is
///     open.
/// 17. `one_strategy_owns_a_database`: a database that one strategy has initialised is refused
///     under any other name.
/// 18. `deprovisioning_takes_one_tenant`: removing the place of a tenant removes nothing of
///     another.
/// 19. `shared_names_stay_shared`: a name that was a shared table's never becomes a tenant table's,
///     since a process from before the change would read the rows of all tenants under it.
/// 20. `newer_shared_tables_are_learned`: a process learns of a shared table that a newer release
///     has made, and of nothing else that release has.
/// 21. `data_steps_see_one_tenant`: a data step of a migration reads and writes the rows of the
///     tenant that it runs for, and of no other.
///
/// # Example
/// A whole strategy: a schema for each tenant, on PostgreSQL and nothing else.
///
/// ```
/// use async_trait::async_trait;
/// use sea_orm::ConnectionTrait;
/// use tenancy_core::{
///     Catalog, Databases, Dialect, Error, Purpose, Result, Route, Table, TableKind, TableRule,
///     TenancyStrategy, Tenant, TenantDdl, migrate::change::SchemaChange,
/// };
///
/// #[derive(Debug)]
/// struct PostgresSchemas;
///
/// #[async_trait]
/// impl TenancyStrategy for PostgresSchemas {
///     fn name(&self) -> &'static str {
///         "postgres-schemas"
///     }
///
///     fn tenant_ddl(&self) -> TenantDdl {
///         TenantDdl::PerTenant
///     }
///
///     fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
///         match table.kind {
///             TableKind::Tenant => TableRule::TenantSchema,
///             TableKind::Shared { .. } | TableKind::Registry => {
///                 TableRule::Schema(dialect.shared_schema())
///             }
///         }
///     }
///
///     fn lay_out(
///         &self,
///         change: &SchemaChange,
///         _tables: &Catalog,
///         dialect: Dialect,
///     ) -> Result<Vec<SchemaChange>> {
///         match dialect {
///             Dialect::Postgres => Ok(vec![change.clone()]),
///             Dialect::Sqlite | Dialect::MySql => {
///                 Err(Error::UnsupportedDatabase { backend: dialect.to_string() })
///             }
///         }
///     }
///
///     async fn route(
///         &self,
///         databases: &Databases,
///         tenant: &Tenant,
///         purpose: Purpose,
///     ) -> Result<Route> {
///         let connection = match purpose {
///             Purpose::Data => databases.data.clone(),
///             Purpose::Migration => databases.direct.clone(),
///         };
///         Ok(Route::new(connection).with_schema(tenant.physical_name.clone()))
///     }
///
///     fn shares_registry(&self, _dialect: Dialect) -> bool {
///         true
///     }
///
///     fn place_statements(&self, tenant: &Tenant, _dialect: Dialect) -> Vec<String> {
///         // Without IF NOT EXISTS: a schema that is there is someone else's.
///         vec![format!("CREATE SCHEMA {}", tenant.physical_name.quoted())]
///     }
///
///     async fn deprovision(
///         &self,
///         databases: &Databases,
///         tenant: &Tenant,
///         _tables: &Catalog,
///     ) -> Result<()> {
///         let drop = format!("DROP SCHEMA {} CASCADE", tenant.physical_name.quoted());
///         let doing = "dropping the tenant's schema";
///         let dropped = databases.direct.execute_unprepared(&drop).await;
///         dropped.map(|_| ()).map_err(|source| Error::Database { doing, source })
///     }
/// }
///
/// let strategy: std::sync::Arc<dyn TenancyStrategy> = std::sync::Arc::new(PostgresSchemas);
/// assert_eq!(strategy.name(), "postgres-schemas");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how tenants are kept apart",
    note = "use `SharedSchema` or `SchemaPerTenant`, or implement `tenancy_core::TenancyStrategy`"
)]
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

    /// Whether the places of tenants lie in the registry's database, so that one transaction
    /// reaches the registry and a tenant's tables.
    fn shares_registry(&self, dialect: Dialect) -> bool;

    /// What makes the place of a new tenant where it [shares the registry's
    /// database](Self::shares_registry), in one transaction with the tenant's row; nothing where
    /// all tenants lie in the same tables. It must fail when something of that name is there, and
    /// names must be quoted: `tenant.physical_name` is a checked one.
    fn place_statements(&self, _tenant: &Tenant, _dialect: Dialect) -> Vec<String> {
        Vec::new()
    }

    /// The setting from which the database's own rules about rows read whose statement it is; `None`
    /// where it has no such rules. Each statement of a tenant then runs in a transaction that has
    /// the tenant in the setting, and in no other.
    fn tenant_setting(&self, _dialect: Dialect) -> Option<TenantSetting> {
        None
    }

    /// Refuses database roles that the database's own rules would not hold for. Asked when an
    /// application starts.
    ///
    /// # Errors
    /// [`Error::Unsecured`](crate::Error::Unsecured) with what the role may do.
    async fn check_roles(&self, _databases: &Databases) -> Result<()> {
        Ok(())
    }

    /// Compares the database's own rules about tenant tables with what they should be; reads only.
    /// `others` are the tables that are no tenant's, where all tenants lie in the same tables.
    ///
    /// # Errors
    /// [`Error::Unsecured`](crate::Error::Unsecured) with the first difference.
    async fn check_secured(&self, _databases: &Databases, _others: &Catalog) -> Result<()> {
        Ok(())
    }

    /// Brings the database's own rules about tenant tables to what they should be, in the
    /// transaction that has made or changed the tables.
    ///
    /// The answer is what [`check_secured`](Self::check_secured) would find afterwards, since only
    /// somebody else can mend it: tenants get no connections until it is found to be mended. Where
    /// all tenants lie in the same tables, nobody looks again before the next run or start.
    ///
    /// # Errors
    /// When the database refuses.
    async fn secure(
        &self,
        _databases: &Databases,
        _transaction: &DatabaseTransaction,
        _others: &Catalog,
    ) -> Result<Option<Unsecured>> {
        Ok(None)
    }

    /// Begins to make the place of a new tenant where it does not share the registry's database.
    ///
    /// # Errors
    /// When something of that name is there already, or the database refuses;
    /// [`Error::UnsupportedDatabase`](crate::Error::UnsupportedDatabase) from a strategy whose
    /// places always share it.
    async fn provision(&self, databases: &Databases, _tenant: &Tenant) -> Result<Site> {
        let backend = format!("{:?}", databases.data.get_database_backend());
        Err(crate::Error::UnsupportedDatabase { backend })
    }

    /// Removes what [`provision`](Self::provision) has begun and nobody will publish.
    ///
    /// # Errors
    /// When the database or the file system refuses; what is left is nobody's then.
    async fn abandon(&self, _databases: &Databases, _tenant: &Tenant) -> Result<()> {
        Ok(())
    }

    /// Opens a pool of a tenant's own, on which names without a schema are those of its tables and of
    /// no others, for [`Tenancy::dedicated`](crate::Tenancy::dedicated).
    ///
    /// # Errors
    /// [`Error::NotDedicated`](crate::Error::NotDedicated) from a strategy that has no such place.
    async fn open_dedicated(
        &self,
        _databases: &Databases,
        _tenant: &Tenant,
    ) -> Result<DatabaseConnection> {
        let reason = "the strategy keeps tenants where a connection alone does not say whose rows \
                      are meant";
        Err(crate::Error::NotDedicated { reason: reason.to_owned() })
    }

    /// The places that there are, of tenants and of nobody; none where all tenants lie in the same
    /// tables.
    ///
    /// # Errors
    /// When they cannot be listed.
    async fn places(&self, _databases: &Databases) -> Result<BTreeSet<PhysicalName>> {
        Ok(BTreeSet::new())
    }

    /// Begins to make the place of a new tenant as a copy of another one's, of one moment, where it does
    /// not share the registry's database.
    ///
    /// # Errors
    /// As [`provision`](Self::provision); [`Error::NotCopied`](crate::Error::NotCopied) from a strategy
    /// that cannot.
    async fn copy_place(
        &self,
        _databases: &Databases,
        _from: &Tenant,
        _to: &Tenant,
    ) -> Result<Site> {
        let reason = "the strategy does not say how a place is copied".to_owned();
        Err(crate::Error::NotCopied { reason })
    }

    /// Moves the place of a tenant that has been deleted to where nobody looks for a tenant's, until it
    /// is [brought back](Self::bring_back) or [removed](Self::deprovision). Called again, it goes on
    /// with what was cut off. Nothing is done by a strategy whose places are safe where they are.
    ///
    /// # Errors
    /// When the place cannot be moved; the tenant is deleted all the same.
    async fn set_aside(&self, _databases: &Databases, _tenant: &Tenant) -> Result<()> {
        Ok(())
    }

    /// Moves the place of a deleted tenant back to where it was. Called again, it goes on with what was
    /// cut off.
    ///
    /// # Errors
    /// [`Error::WrongPlace`](crate::Error::WrongPlace) for a place that is nowhere, and
    /// [`Error::PlaceExists`](crate::Error::PlaceExists) where something is in its way.
    async fn bring_back(&self, _databases: &Databases, _tenant: &Tenant) -> Result<()> {
        Ok(())
    }

    /// Writes what a tenant has at one moment into a file that is not there yet, while the tenant is
    /// worked with: all of it, or no file.
    ///
    /// # Errors
    /// [`Error::NotBackedUp`](crate::Error::NotBackedUp) from a strategy that keeps tenants where
    /// another tool writes backups, which it names.
    async fn back_up(&self, _databases: &Databases, tenant: &Tenant, _file: &Path) -> Result<()> {
        let reason = "all tenants lie in the same tables, of which the database's own tools write \
                      backups (`pg_dump`, `sqlite3 … .backup`)";
        let (slug, reason) = (tenant.slug.to_string(), reason.to_owned());
        Err(crate::Error::NotBackedUp { slug, reason })
    }

    /// The checks of a live database that only this strategy can make; none unless it says so. What
    /// they are called belongs into [`StrategyKeys::checks`](crate::config::StrategyKeys::checks),
    /// which `tenancy explain` lists.
    fn database_checks(&self) -> Vec<Box<dyn DatabaseCheck>> {
        Vec::new()
    }

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
