//! Making the place of a new tenant: all of it, or nothing.

use sea_orm::DatabaseTransaction;

use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::tenant::{self, Place},
    registry::{NewTenant, Registry},
    strategy::{Purpose, Site, TenantDdl},
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantStatus},
};

impl Tenancy {
    /// Creates a tenant: its row, its domains, its place with all migrations. When something of it
    /// fails, nothing of it is left, and nothing that was there before is touched.
    ///
    /// # Errors
    /// [`Error::Taken`] for a slug or domain in use: of two that create one at the same time,
    /// exactly one does. [`Error::NoDomain`], [`Error::PlaceExists`], [`Error::MigrationFailed`].
    pub async fn create_tenant(&self, new: &NewTenant) -> Result<Tenant> {
        self.registry().check_marker(self.strategy().name()).await?;
        let tenant = self.registry().reserve(new).await?;
        match self.build(&tenant).await {
            Ok(()) => self.registry().tenant(&tenant.slug).await,
            Err(error) => {
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

    /// Goes on with a tenant whose creation was cut off, such as by a crash. One that is active
    /// already is left as it is.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], [`Error::StatusChange`] for a tenant that has been taken out of
    /// service since, and those of [`Tenancy::create_tenant`]; the tenant stays as it was then.
    pub async fn finish_tenant(&self, slug: &Slug) -> Result<Tenant> {
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
        match self.build(&tenant).await {
            Err(Error::PlaceExists { place }) => self.adopt_complete(&tenant, place).await?,
            built => built?,
        }
        self.registry().tenant(slug).await
    }

    async fn build(&self, tenant: &Tenant) -> Result<()> {
        let Site { transaction, schema, publish } =
            self.strategy().provision(self.databases(), tenant).await?;
        let transaction = match self.strategy().tenant_ddl() {
            TenantDdl::PerTenant => self.fill(transaction, tenant, schema.as_ref()).await?,
            TenantDdl::Once => transaction,
        };
        let head = self.tenant_set().head();
        let committing = Error::database("committing the tenant's place");
        match publish {
            None => {
                Registry::set_head(&transaction, self.registry_schema(), tenant.id, head).await?;
                transaction.commit().await.map_err(committing)
            }
            Some(publish) => {
                transaction.commit().await.map_err(committing)?;
                publish.await?;
                Registry::set_head(self.registry().database(), None, tenant.id, head).await
            }
        }
    }

    async fn fill(
        &self,
        transaction: DatabaseTransaction,
        tenant: &Tenant,
        schema: Option<&crate::PhysicalName>,
    ) -> Result<DatabaseTransaction> {
        let place = Place::of(tenant, schema);
        tenant::enter(&transaction, place, self.lock_timeout()).await?;
        let migrations = self.laid_out().await?;
        let (transaction, _) = tenant::apply_pending(transaction, place, &migrations, &[]).await?;
        Ok(transaction)
    }

    /// Puts a tenant into service whose place was completed and published before the crash. A
    /// place under its name that is not complete is not its own.
    async fn adopt_complete(&self, tenant: &Tenant, place: String) -> Result<()> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let at = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, at, self.lock_timeout()).await?;
        let applied = crate::migrate::ledger::applied(&transaction).await?;
        let known = self.tenant_set().migrations();
        if applied.is_empty() || !known.iter().all(|migration| applied.contains(&migration.name)) {
            return Err(Error::PlaceExists { place });
        }
        transaction.rollback().await.map_err(Error::database("leaving the tenant's place"))?;
        let head = self.tenant_set().head();
        Registry::set_head(self.registry().database(), None, tenant.id, head).await
    }
}
