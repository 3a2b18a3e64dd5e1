//! The handle an application holds: `Tenancy`, the same type under every strategy.

mod checked;
mod known;
mod learned;
mod tables;

use std::{
    fmt,
    panic::Location,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::Statement;
use sea_orm_migration::MigrationTrait;

pub(crate) use self::tables::{PresentOnce, Tables};
use self::{known::Known, learned::KeptLayout, tables::Source};
use crate::{
    catalog::Catalog,
    check::database::transaction_pooler,
    config::{Config, Database, Fresh, OnBehind},
    connection::{Binding, HandleState, Handles, Plans, TenantConnection},
    databases::{self, Addresses, Dedicated, PoolOptions, PoolUse},
    error::{Error, Result},
    migrate::{MigrationSets, TenantSet, tenant::Entering},
    name::Identifier,
    registry::Registry,
    scope::{CacheUse, Dialect, TenantScope, declared::Declared},
    seed::Beginning,
    strategy::{Databases, Purpose, TenancyStrategy, TenantDdl, Unsecured},
    tenant::{Slug, Tenant, TenantStatus},
};

/// The tenants of an application and the way to their data. Cheap to clone.
///
/// ```no_run
/// use std::sync::Arc;
/// use tenancy_core::{MigrationSets, Tenancy, TenancyStrategy, config::Config};
///
/// # async fn example(
/// #     config: Config, strategy: Arc<dyn TenancyStrategy>, migrations: MigrationSets,
/// # ) -> tenancy_core::Result<()> {
/// let tenancy = Tenancy::connect(&config, strategy, migrations).await?;
/// let acme = tenancy.registry().tenant(&"acme".parse()?).await?;
/// let connection = tenancy.connection(&acme).await?;
/// // `connection` now stands wherever SeaORM takes a connection.
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tenancy {
    inner: Arc<Inner>,
}

struct Inner {
    strategy: Arc<dyn TenancyStrategy>,
    databases: Databases,
    dialect: Dialect,
    registry: Registry,
    shared: Vec<Box<dyn MigrationTrait>>,
    tenant_set: TenantSet,
    beginning: Beginning,
    on_behind: OnBehind,
    fresh: Fresh,
    tenant_column: Identifier,
    declared: Declared,
    lock_timeout: Duration,
    handles: Arc<Handles>,
    layout: RwLock<Option<KeptLayout>>,
    is_prepared: AtomicBool,
    expects_ready: AtomicBool,
    /// Whether a transaction pooler stands before what migrations work on.
    is_direct_pooled: AtomicBool,
    /// What of the database's own rules about rows would not hold.
    unsecured: RwLock<Option<Unsecured>>,
    known: Known,
}

impl fmt::Debug for Tenancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenancy")
            .field("strategy", &self.inner.strategy)
            .field("dialect", &self.inner.dialect)
            .finish_non_exhaustive()
    }
}

impl Tenancy {
    /// Connects to the databases that the configuration names, and refuses what does not fit
    /// together: a strategy other than the configured one, a database that another strategy or a
    /// newer release has initialised, migrations that create a table twice, and what the decisive
    /// checks of the database find (see [`is_decisive`]): on PostgreSQL two
    /// connections and seven statements that look for a transaction pooler, and a statement for each
    /// such check of the strategy. A finding that is silenced in the configuration is none.
    ///
    /// A database that nothing has initialised yet is accepted, so that it can be migrated; until
    /// then no tenant's connection is opened.
    ///
    /// A pooler that is put before the server later is looked for on each new connection of a pool.
    /// While there is one that mixes up statements, such connections are closed, and what is asked of
    /// tenants is refused by [`Error::UnsoundDatabase`].
    ///
    /// [`is_decisive`]: crate::check::database::DatabaseCheck::is_decisive
    ///
    /// # Errors
    /// [`Error::Configuration`], [`Error::OtherStrategy`], [`Error::NewerRegistry`],
    /// [`Error::UnsoundDatabase`], those of
    /// [`TenantSet::record`], [`Error::SeedName`], and [`Error::Database`] when a database cannot
    /// be reached.
    #[track_caller]
    pub fn connect(
        config: &Config,
        strategy: Arc<dyn TenancyStrategy>,
        migrations: MigrationSets,
    ) -> impl Future<Output = Result<Self>> + Send {
        // An async function would lose the place that it is called from.
        Self::connect_from(Location::caller(), config, strategy, migrations)
    }

    async fn connect_from(
        place: &'static Location<'static>,
        config: &Config,
        strategy: Arc<dyn TenancyStrategy>,
        migrations: MigrationSets,
    ) -> Result<Self> {
        let connected = Box::pin(Self::connect_to(place, config, strategy, migrations)).await;
        connected.map_err(transaction_pooler::recognised)
    }

    async fn connect_to(
        place: &'static Location<'static>,
        config: &Config,
        strategy: Arc<dyn TenancyStrategy>,
        migrations: MigrationSets,
    ) -> Result<Self> {
        let (tenancy, misfit) = Self::open(place, config, strategy, migrations).await?;
        misfit.map_or(Ok(()), Err)?;
        // Before anything is read: what mixes up statements may give the rows of another client.
        tenancy.refuse_poolers(config).await?;
        databases::check_settings(tenancy.databases()).await?;
        tenancy.strategy().check_roles(tenancy.databases()).await?;
        match tenancy.registry().marker(tenancy.strategy().name()).await {
            Ok(_) => tenancy.load_catalog().await?,
            Err(Error::NotInitialised) => {}
            Err(error) => return Err(error),
        }
        tenancy.refuse_unsound(config).await?;
        Ok(tenancy)
    }

    /// Opens the connections, and looks at nothing in the database yet. Tenant migrations that cannot
    /// be written down are left out, and why they cannot is returned.
    async fn open(
        place: &'static Location<'static>,
        config: &Config,
        strategy: Arc<dyn TenancyStrategy>,
        mut migrations: MigrationSets,
    ) -> Result<(Self, Option<Error>)> {
        let beginning = Beginning::take(&mut migrations)?;
        if let Some(finding) = config.check_strategy(strategy.name(), place) {
            return Err(Error::Configuration(finding.into()));
        }
        let databases = open_databases(config.database(), strategy.tenant_ddl()).await?;
        let dialect = Dialect::try_from(databases.data.get_database_backend())?;
        let (tenant_set, misfit) = written_down(&mut migrations, dialect)?;
        let shares_registry = strategy.shares_registry(dialect);
        // A statement on MariaDB and MySQL reaches every database of the server.
        let reaches = shares_registry || dialect == Dialect::MySql;
        let declared = Declared::for_set(config.scope(), &tenant_set, reaches)?;
        if tenant_set.has_adapted() && strategy.tenant_ddl() == TenantDdl::Once {
            let what = "a migration of SeaORM's own kind, where all tenants lie in the same tables";
            return Err(Error::UnsupportedDefinition { what: what.to_owned() });
        }
        let tenant_column = config.options().text("tenant_column").map(|column| column.value);
        let tenant_column = Identifier::parse(tenant_column.unwrap_or("tenant_id"))?;
        let source = Source {
            central: databases.central.clone(),
            dialect,
            strategy: Arc::clone(&strategy),
            tenant: Arc::new(RwLock::new(tenant_set.tables().clone())),
            tenant_column: tenant_column.clone(),
            declared: declared.clone(),
        };
        let (registry, known) = Known::of(&databases, config.resolve());
        let handles = Arc::new(Handles {
            tables: Tables::of(source),
            plans: Plans::default(),
            observer: known.observer.clone(),
            watch: databases.watch.clone(),
        });
        let tenancy = Self {
            inner: Arc::new(Inner {
                registry,
                strategy,
                databases,
                dialect,
                shared: migrations.shared,
                tenant_set,
                beginning,
                on_behind: config.migrate().on_behind().value,
                fresh: config.migrate().fresh().value,
                tenant_column,
                declared,
                lock_timeout: config.migrate().lock_timeout(),
                handles,
                layout: RwLock::new(None),
                is_prepared: AtomicBool::new(false),
                expects_ready: AtomicBool::new(false),
                is_direct_pooled: AtomicBool::new(false),
                unsecured: RwLock::new(None),
                known,
            }),
        };
        Ok((tenancy, misfit))
    }

    /// Where the tenants are kept.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// How the tenants are kept apart.
    #[must_use]
    pub fn strategy(&self) -> &dyn TenancyStrategy {
        self.inner.strategy.as_ref()
    }

    /// The dialect of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// The tenant migrations of the application, as they were written down.
    #[must_use]
    pub fn tenant_set(&self) -> &TenantSet {
        &self.inner.tenant_set
    }

    /// What a new tenant begins with beside its tables.
    pub(crate) fn beginning(&self) -> &Beginning {
        &self.inner.beginning
    }

    /// The column that entities and definitions never mention, under every strategy.
    pub(crate) fn tenant_column(&self) -> &Identifier {
        &self.inner.tenant_column
    }

    /// What the application declares beside what is known to be harmless.
    pub(crate) fn declared(&self) -> &Declared {
        &self.inner.declared
    }

    /// Whether the tables of tenants may be thrown away.
    pub(crate) fn fresh_rule(&self) -> Fresh {
        self.inner.fresh
    }

    /// How long a migration waits for a lock before it tries again.
    pub(crate) fn lock_timeout(&self) -> Duration {
        self.inner.lock_timeout
    }

    /// How the place of a tenant is entered.
    pub(crate) fn entering(&self) -> Entering<'_> {
        Entering {
            lock_timeout: self.inner.lock_timeout,
            extension_schemas: &self.databases().extension_schemas,
        }
    }

    pub(crate) fn shared_migrations(&self) -> &[Box<dyn MigrationTrait>] {
        &self.inner.shared
    }

    /// What tenants have after all migrations, as far as it is known.
    pub(crate) fn tenant_tables(&self) -> Catalog {
        self.inner.handles.tables.tenant()
    }

    pub(crate) fn databases(&self) -> &Databases {
        &self.inner.databases
    }

    /// Opens a connection on which every statement is the tenant's.
    ///
    /// # Errors
    /// [`Error::NotServed`] for a tenant out of service, also where it has left service since it was
    /// read from the registry, [`Error::StaleHandle`] for one whose data has moved since then, [`Error::Behind`] for one that lacks
    /// migrations (unless `migrate.on_behind` says to serve it), [`Error::NotInitialised`].
    pub async fn connection(&self, tenant: &Tenant) -> Result<TenantConnection> {
        let opened = self.open_connection(tenant).await;
        self.inner.known.observer.opened(tenant, opened.as_ref().err());
        opened
    }

    async fn open_connection(&self, tenant: &Tenant) -> Result<TenantConnection> {
        let Admitted { tenant, state } = self.admit(tenant).await?;
        // Before the place is looked for: that of a deleted tenant may have been set aside.
        state.check_served(&tenant)?;
        let route = self.strategy().route(self.databases(), &tenant, Purpose::Data).await?;
        let scope = TenantScope { id: tenant.id, schema: route.schema.clone() };
        let binding = Binding::new(tenant, scope, state, Arc::clone(&self.inner.handles));
        binding.check_served()?;
        Ok(TenantConnection::new(route, binding))
    }

    /// A pool of a tenant's own, for a library that takes a `DatabaseConnection` and nothing else, under
    /// a strategy that keeps tenants in places of their own. Statements on it are not scoped: read
    /// [`Dedicated`] before you use it.
    ///
    /// Pools stay open, of as many tenants as `database.dedicated_pools` says; when all are in use, it
    /// waits as long as for a connection. A pool is closed when its tenant is not served any more.
    ///
    /// ```no_run
    /// # async fn example(
    /// #     tenancy: tenancy_core::Tenancy, tenant: tenancy_core::Tenant,
    /// # ) -> tenancy_core::Result<()> {
    /// let dedicated = tenancy.dedicated(&tenant).await?;
    /// let connection: sea_orm::DatabaseConnection = (*dedicated).clone();
    /// // Hand `connection` to the library, and keep `dedicated` meanwhile.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`connection`](Self::connection), [`Error::NotDedicated`] with the reason, and
    /// [`Error::NoDedicatedPool`] after waiting.
    pub async fn dedicated(&self, tenant: &Tenant) -> Result<Dedicated> {
        let Admitted { state, tenant } = self.admit(tenant).await?;
        state.check_served(&tenant)?;
        let open = self.strategy().open_dedicated(self.databases(), &tenant);
        let lent = self.databases().dedicated.lend(&tenant, &state, open).await?;
        // It may have been taken out of service meanwhile.
        state.check_served(&tenant)?;
        Ok(lent)
    }

    /// Refuses a tenant that is not to be worked for.
    async fn admit(&self, tenant: &Tenant) -> Result<Admitted> {
        // Before anything is asked of the registry, whose connections would be waited for in vain.
        self.databases().watch.check()?;
        self.inner.known.watch.begin();
        let tables = &self.inner.handles.tables;
        if !tables.is_loaded() {
            return Err(Error::NotInitialised);
        }
        tables.look_if_wanted().await;
        self.check_known_security()?;
        if !tenant.status.is_served() {
            return Err(Error::NotServed { slug: tenant.slug.to_string(), status: tenant.status });
        }
        self.check_head(tenant)?;
        if let Some((found, state)) = self.lookup().remembered(tenant.id) {
            if *found == *tenant {
                // What is remembered need not be copied.
                return Ok(Admitted { tenant: found, state });
            }
            state.update(tenant);
            return Ok(Admitted { tenant: Arc::new(tenant.clone()), state });
        }
        let state = self.inner.known.changes.state(tenant);
        // Isolation: whoever has kept a tenant since it was served opens no handle with that. From here
        // on the state is told of changes; what was before, the registry says.
        if !state.is_verified() {
            let found = Box::pin(self.lookup().by_id(tenant.id)).await;
            let found = found.map_err(|error| self.databases().watch.explain_error(error));
            state.verify(found?.as_ref());
        }
        Ok(Admitted { tenant: Arc::new(tenant.clone()), state })
    }

    /// What a statement of a tenant becomes; it is not sent.
    ///
    /// # Errors
    /// Those of [`Tenancy::connection`], and [`Error::Refused`] with the reason.
    pub async fn explain(&self, tenant: &Tenant, statement: Statement) -> Result<Statement> {
        self.connection(tenant).await?.explain(statement)
    }

    /// How full the cache of scoped statements is.
    ///
    /// # Errors
    /// [`Error::NotInitialised`].
    pub fn scope_cache(&self) -> Result<CacheUse> {
        Ok(self.inner.handles.tables.scoper()?.cache_use())
    }

    /// How busy the pools are.
    #[must_use]
    pub fn pool_use(&self) -> Vec<PoolUse> {
        self.databases().pool_use()
    }

    /// Closes every connection when what runs on it has ended, also to those who hold a clone of this;
    /// what comes later fails.
    pub async fn close(&self) {
        self.databases().close().await;
    }

    /// Stops serving a tenant. Its data is kept and kept up to date.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] and [`Error::StatusChange`].
    pub async fn suspend(&self, tenant: &Slug) -> Result<Tenant> {
        self.set_status(tenant, TenantStatus::Suspended).await
    }

    /// Serves a suspended or archived tenant again.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] and [`Error::StatusChange`].
    pub async fn resume(&self, tenant: &Slug) -> Result<Tenant> {
        self.set_status(tenant, TenantStatus::Active).await
    }

    /// Stops serving a tenant for long. Its data is kept as it is, and handles opened before stay
    /// refused for ever.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] and [`Error::StatusChange`].
    pub async fn archive(&self, tenant: &Slug) -> Result<Tenant> {
        self.set_status(tenant, TenantStatus::Archived).await
    }

    async fn set_status(&self, slug: &Slug, to: TenantStatus) -> Result<Tenant> {
        let tenant = self.registry().tenant(slug).await?;
        let from = tenant.status;
        // Only who says so brings a deleted tenant back.
        if from == TenantStatus::Deleted && to != TenantStatus::Deleted {
            return Err(Error::StatusChange { slug: slug.to_string(), from, to });
        }
        self.change_status(tenant, to).await
    }

    /// Changes the status of a tenant by the rules of [`TenantStatus::may_become`].
    pub(crate) async fn change_status(&self, tenant: Tenant, to: TenantStatus) -> Result<Tenant> {
        let tenant = self.registry().set_status(tenant.id, to).await?;
        self.inner.known.changes.state(&tenant);
        if !tenant.status.is_served() {
            self.databases().dedicated.end(tenant.id);
        }
        Ok(tenant)
    }

    /// Takes a tenant out of service for ever, and ends all its handles.
    pub(crate) async fn mark_deleted(&self, tenant: &Tenant) -> Result<Tenant> {
        self.set_status(&tenant.slug, TenantStatus::Deleted).await
    }

    fn check_head(&self, tenant: &Tenant) -> Result<()> {
        let head = self.tenant_set().head().map(|head| head.name.as_str());
        let is_behind = tenant.migration_head.as_deref() != head;
        match self.inner.on_behind {
            OnBehind::Refuse if is_behind => Err(Error::Behind { slug: tenant.slug.to_string() }),
            OnBehind::Refuse | OnBehind::Serve => Ok(()),
        }
    }

    /// Whether the database has a registry. Without one, [`migrate`](Self::migrate) makes it.
    #[must_use]
    pub fn is_initialised(&self) -> bool {
        self.inner.handles.tables.is_loaded()
    }

    /// Whether everything has been looked at that the creation of a tenant rests on.
    pub(crate) fn is_prepared(&self) -> bool {
        self.inner.is_prepared.load(Ordering::Acquire)
    }

    pub(crate) fn set_prepared(&self) {
        self.inner.is_prepared.store(true, Ordering::Release);
    }

    /// Whether a place stood ready when this process looked last. Right or wrong, it only decides
    /// what is tried first.
    pub(crate) fn expects_ready(&self) -> bool {
        self.inner.expects_ready.load(Ordering::Relaxed)
    }

    pub(crate) fn expect_ready(&self, is_expected: bool) {
        self.inner.expects_ready.store(is_expected, Ordering::Relaxed);
    }

    fn note_pooled_direct(&self) {
        self.inner.is_direct_pooled.store(true, Ordering::Release);
    }

    /// Refuses what needs sessions of the server itself where a pooler gives none.
    pub(crate) fn check_direct(&self) -> Result<()> {
        if self.inner.is_direct_pooled.load(Ordering::Acquire) {
            return Err(Error::PooledDirect);
        }
        Ok(())
    }
}

/// A tenant that is to be worked for, as it was asked for, and how it stands.
struct Admitted {
    tenant: Arc<Tenant>,
    state: HandleState,
}

/// The tenant set, or none of it and why it cannot be written down.
fn written_down(
    migrations: &mut MigrationSets,
    dialect: Dialect,
) -> Result<(TenantSet, Option<Error>)> {
    match TenantSet::record(migrations, dialect) {
        Ok(set) => Ok((set, None)),
        Err(error) => {
            migrations.tenant.clear();
            // What is wrong with the shared set is wrong still.
            TenantSet::record(migrations, dialect).map(|set| (set, Some(error)))
        }
    }
}

async fn open_databases(database: &Database, ddl: TenantDdl) -> Result<Databases> {
    let options = PoolOptions {
        max_connections: database.max_connections().value,
        acquire_timeout: database.acquire_timeout(),
    };
    let addresses = Addresses {
        data: database.url().value.expose(),
        direct: database.direct_url().value.expose(),
        central: database.central_url().value.expose(),
        options,
        busy_timeout: database.busy_timeout(),
        extension_schemas: database.extension_schemas().value.as_slice(),
        tenant_pools: match ddl {
            TenantDdl::PerTenant => Some(database.tenant_pools().value),
            // All tenants have the same tables, which one pool serves best.
            TenantDdl::Once => None,
        },
        dedicated_pools: database.dedicated_pools().value,
    };
    databases::open(addresses).await
}
