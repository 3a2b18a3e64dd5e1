//! Making the place of a new tenant: all of it, or nothing.

mod back_up;
mod claim;
mod delete;
mod duplicate;
mod orphan;
mod ready;
mod remove;

use sea_orm::{ConnectionTrait, DatabaseTransaction};

pub use self::duplicate::{CopiedTable, Duplicate};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{
        history,
        layout::LaidOutMigration,
        ledger,
        message::{self, Message},
        retry,
        run::once::run_data,
        tenant::{self, Known, Place},
    },
    name::PhysicalName,
    registry::{NewTenant, Registry},
    scope::Dialect,
    strategy::{Purpose, Site, TenantDdl},
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantStatus},
};

impl Tenancy {
    /// Creates a tenant: its row, its domains, its place with all migrations. When something of it
    /// fails, nothing of it is left, and nothing that was there before is touched.
    ///
    /// Where [places stand ready](Self::prepare_tenants), it gets one of those.
    ///
    /// # Errors
    /// [`Error::Taken`] for a slug or domain in use: of two that create one at the same time,
    /// exactly one does. [`Error::NoDomain`], [`Error::PlaceExists`], [`Error::MigrationFailed`],
    /// [`Error::SeedFailed`], [`Error::HookFailed`].
    pub async fn create_tenant(&self, new: &NewTenant) -> Result<Tenant> {
        let tenant = Box::pin(self.create_somewhere(new)).await?;
        self.registry().created(new, &tenant);
        Ok(tenant)
    }

    async fn create_somewhere(&self, new: &NewTenant) -> Result<Tenant> {
        let migrations = self.prepared().await?;
        let shares_registry = self.strategy().shares_registry(self.dialect());
        if (self.expects_ready() || !shares_registry)
            && let Some(tenant) = self.create_in_ready_place(new, &migrations).await?
        {
            return Ok(tenant);
        }
        self.expect_ready(false);
        if !shares_registry {
            return self.create_elsewhere(new, &migrations).await;
        }
        if let Some(tenant) = self.create_at_once(new, &migrations).await? {
            return Ok(tenant);
        }
        if let Some(tenant) = self.create_in_ready_place(new, &migrations).await? {
            self.expect_ready(true);
            return Ok(tenant);
        }
        self.create_in_registry(new, &migrations).await
    }

    /// What every creation rests on, looked at once until the catalog is read again: the registry
    /// is this release's, and the set is what was applied to the tenants that are there.
    async fn prepared(&self) -> Result<std::sync::Arc<[LaidOutMigration]>> {
        if let Some(laid_out) = self.kept_layout().filter(|_| self.is_prepared()) {
            return Ok(laid_out);
        }
        self.registry().current_marker(self.strategy().name()).await?;
        self.history().check(self.tenant_set()).await?;
        let laid_out = self.laid_out().await?;
        self.set_prepared();
        Ok(laid_out)
    }

    /// The tenant that it will be when everything has been done for it.
    fn completed(&self, tenant: Tenant) -> Tenant {
        let migration_head = self.tenant_set().head().map(|head| head.name.clone());
        Tenant { migration_head, ..tenant }
    }

    /// Creates a tenant in one message, where nothing in it has to be waited for and no place
    /// stands ready; `None` where it is to be done step by step.
    async fn create_at_once(
        &self,
        new: &NewTenant,
        migrations: &[LaidOutMigration],
    ) -> Result<Option<Tenant>> {
        let tenant = self.completed(new.tenant(TenantStatus::Active)?);
        let Some(message) = self.creation(new, &tenant, migrations) else { return Ok(None) };
        match self.databases().direct.execute_unprepared(message.text()).await {
            Ok(_) => Ok(Some(tenant)),
            Err(error) if retry::is_lost(&error) => {
                Err(Error::database("creating the tenant")(error))
            }
            // Whatever it was: step by step it is done, or fails with the step named.
            Err(error) => {
                tracing::debug!(tenant = %tenant.slug, %error, "step by step");
                Ok(None)
            }
        }
    }

    /// Creates a tenant whose place one transaction reaches together with its row.
    async fn create_in_registry(
        &self,
        new: &NewTenant,
        migrations: &[LaidOutMigration],
    ) -> Result<Tenant> {
        let tenant = self.completed(new.tenant(TenantStatus::Active)?);
        let transaction = self.databases().begin_direct().await?;
        for insert in new.rows(&tenant) {
            let inserted = transaction.execute(&insert).await;
            inserted.map_err(|error| new.refused(&tenant, error))?;
        }
        let transaction = self.build(transaction, &tenant, migrations).await?;
        self.put_into_service(&transaction, &tenant).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant"))?;
        Ok(tenant)
    }

    /// The whole creation as one message, where nothing in it has to be waited for.
    fn creation(
        &self,
        new: &NewTenant,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Option<Message> {
        let is_plain = migrations.iter().all(|migration| message::is_plain(&migration.up));
        if self.dialect() != Dialect::Postgres || !is_plain || !self.beginning().is_empty() {
            return None;
        }
        let mut message = Message::default();
        if self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            message.unless_ready(&ready::digests(self.tenant_set().migrations()));
        }
        for insert in new.migrated_rows(tenant, self.tenant_set().head()) {
            message.insert(&insert);
        }
        if let Some(recording) = history::recording(self.tenant_set().migrations()) {
            message.insert(&recording);
        }
        if self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            let schema = &tenant.physical_name;
            for statement in self.strategy().place_statements(tenant, self.dialect()) {
                message.push(&statement);
            }
            message.enter(schema, self.entering());
            message.install_ledger();
            message.assert(schema, &[]);
            message.apply(migrations);
        }
        Some(message)
    }

    /// Makes the place of a tenant whose row has been written in the same transaction.
    async fn build(
        &self,
        transaction: DatabaseTransaction,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<DatabaseTransaction> {
        for statement in self.strategy().place_statements(tenant, self.dialect()) {
            let made = transaction.execute_unprepared(&statement).await;
            made.map_err(|error| place_refused(tenant, error))?;
        }
        let transaction = match self.strategy().tenant_ddl() {
            TenantDdl::PerTenant => {
                let schema = Some(&tenant.physical_name);
                let filled = self.fill_place(transaction, tenant, schema, migrations).await?;
                self.begin_life(filled, tenant, schema).await?
            }
            TenantDdl::Once => {
                let place = Place::of(tenant, None);
                let migrations = self.on_todays_tables(migrations)?;
                let filled = run_data(transaction, place, &migrations).await?.0;
                self.begin_life(filled, tenant, None).await?
            }
        };
        tenant::leave(&transaction).await?;
        Ok(transaction)
    }

    /// Data steps for a tenant that comes later meet the tables as they are now.
    fn on_todays_tables(&self, migrations: &[LaidOutMigration]) -> Result<Vec<LaidOutMigration>> {
        let scoper = self.scoper()?;
        let mut migrations = migrations.to_vec();
        for migration in &mut migrations {
            migration.scope_by(&scoper);
        }
        Ok(migrations)
    }

    async fn fill_place(
        &self,
        transaction: DatabaseTransaction,
        tenant: &Tenant,
        schema: Option<&PhysicalName>,
        migrations: &[LaidOutMigration],
    ) -> Result<DatabaseTransaction> {
        let place = Place::of(tenant, schema);
        tenant::enter(&transaction, place, self.entering()).await?;
        let known = Known::default();
        Ok(tenant::apply_pending(transaction, place, migrations, known).await?.0)
    }

    /// Creates a tenant whose place lies elsewhere: its row is `provisioning` until the place has
    /// been published.
    async fn create_elsewhere(
        &self,
        new: &NewTenant,
        migrations: &[LaidOutMigration],
    ) -> Result<Tenant> {
        let tenant = self.registry().reserve(new).await?;
        match self.build_elsewhere(&tenant, migrations).await {
            Ok(()) => self.registry().tenant(&tenant.slug).await,
            Err(error) => {
                if let Err(left) = self.strategy().abandon(self.databases(), &tenant).await {
                    let left = left.with_sources();
                    tracing::error!(tenant = %tenant.slug, error = %left, "half a place is left");
                }
                if let Err(release) = self.registry().release(&tenant).await {
                    tracing::error!(
                        tenant = %tenant.slug,
                        error = %release.with_sources(),
                        "the row of a tenant that could not be created is left; \
                         finish the tenant or remove it"
                    );
                }
                Err(error)
            }
        }
    }

    async fn build_elsewhere(
        &self,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<()> {
        let Site { transaction, schema, publish } =
            self.strategy().provision(self.databases(), tenant).await?;
        let schema = schema.as_ref();
        let filled = self.fill_place(transaction, tenant, schema, migrations).await;
        let transaction = self.begin_life(filled.map_err(as_whole)?, tenant, schema).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant's place"))?;
        publish.await?;
        self.put_into_service(self.registry().database(), tenant).await
    }

    /// Goes on with a tenant whose creation was cut off, such as by a crash. One that is active
    /// already is left as it is.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], [`Error::StatusChange`] for a tenant that has been taken out of
    /// service since, and those of [`Tenancy::create_tenant`]; the tenant stays as it was then.
    pub async fn finish_tenant(&self, slug: &Slug) -> Result<Tenant> {
        let _forgetting = self.forgetting();
        let tenant = self.registry().tenant(slug).await?;
        if tenant.status == TenantStatus::Active {
            return Ok(tenant);
        }
        if tenant.status != TenantStatus::Provisioning {
            return Err(Error::StatusChange {
                slug: slug.to_string(),
                from: tenant.status,
                to: TenantStatus::Provisioning,
            });
        }
        let migrations = self.prepared().await?;
        // In boxes, or the futures of applications would be as deep as a compiler can look.
        let finished = if self.strategy().shares_registry(self.dialect()) {
            Box::pin(self.finish_in_registry(&tenant, &migrations)).await
        } else if let Some(place) = self.registry().claimed_by(tenant.id).await? {
            Box::pin(self.move_in(&tenant, &place, &migrations)).await
        } else {
            Box::pin(self.build_elsewhere(&tenant, &migrations)).await
        };
        match finished {
            Err(Error::PlaceExists { place }) => {
                Box::pin(self.adopt_complete(&tenant, place)).await?;
            }
            finished => finished?,
        }
        self.registry().tenant(slug).await
    }

    async fn finish_in_registry(
        &self,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<()> {
        let transaction = self.databases().begin_direct().await?;
        let transaction = self.build(transaction, tenant, migrations).await?;
        self.put_into_service(&transaction, tenant).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant"))
    }

    /// Puts a tenant into service whose place was completed and published before the crash. A
    /// place under its name that is not complete is not its own.
    async fn adopt_complete(&self, tenant: &Tenant, place: String) -> Result<()> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let at = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, at, self.entering()).await?;
        let applied = ledger::applied(&transaction).await?;
        let known = self.tenant_set().migrations();
        if applied.is_empty() || !known.iter().all(|migration| applied.contains(&migration.name)) {
            return Err(Error::PlaceExists { place });
        }
        transaction.rollback().await.map_err(Error::database("leaving the tenant's place"))?;
        self.put_into_service(self.registry().database(), tenant).await
    }

    /// Lists a tenant whose place is complete as up to date, and serves it.
    async fn put_into_service<C: ConnectionTrait>(
        &self,
        connection: &C,
        tenant: &Tenant,
    ) -> Result<()> {
        let head = self.tenant_set().head();
        // When it was made, so that it is as it was returned.
        Registry::set_head(connection, tenant.id, head, tenant.updated_at).await?;
        let recording = history::recording(self.tenant_set().migrations());
        let Some(recording) = recording else { return Ok(()) };
        let recorded = connection.execute(&recording).await;
        recorded.map(|_| ()).map_err(Error::database("recording the migrations"))
    }
}

/// A place that is being made is thrown away with all that has been done in it.
fn as_whole(error: Error) -> Error {
    if let Error::AppliedInPart { migration, source, .. } = error {
        return Error::MigrationFailed { migration, source };
    }
    error
}

/// PostgreSQL's duplicate_schema and duplicate_database
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const DUPLICATE: [&str; 2] = ["42P06", "42P04"];

fn place_refused(tenant: &Tenant, error: sea_orm::DbErr) -> Error {
    match retry::code(&error) {
        Some(code) if DUPLICATE.contains(&code.as_str()) => {
            Error::PlaceExists { place: format!("schema {}", tenant.physical_name) }
        }
        _ => Error::database("creating the tenant's place")(error),
    }
}
