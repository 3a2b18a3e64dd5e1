//! The end of a tenant: its place with all rows, and its row in the registry.

use crate::{
    connection::TenantTransaction,
    databases::begin_writing,
    error::{Error, Result},
    migrate::tenant::{self, Place},
    strategy::Purpose,
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantStatus},
};

impl Tenancy {
    /// Removes a tenant for ever, with its place, its rows, its domains and its members. Its slug
    /// and domains are free then; its physical name is never used again.
    ///
    /// It is taken out of service first. Then the application's hooks are told while its rows are
    /// still there; when one of them fails, the tenant is as it was. A removal that was cut off
    /// later is gone on with by calling it again, and may tell the hooks again.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], [`Error::StatusChange`] for a tenant whose creation has to be
    /// [finished](Self::finish_tenant) first, [`Error::HookFailed`], and what the strategy says.
    pub async fn remove_tenant(&self, slug: &Slug) -> Result<()> {
        let found = self.registry().tenant(slug).await?;
        let mut tenant = found.clone();
        if found.status == TenantStatus::Active {
            tenant = self.suspend(slug).await?;
        }
        if let Err(error) = Box::pin(self.tell_of_deletion(&tenant)).await {
            if found.status == TenantStatus::Active {
                self.resume(slug).await?;
            }
            return Err(error);
        }
        let tenant = self.mark_deleted(&tenant).await?;
        self.registry().drop_domains(tenant.id).await?;
        let tables = self.tenant_set().tables();
        self.strategy().deprovision(self.databases(), &tenant, tables).await?;
        self.registry().forget(&tenant).await
    }

    async fn tell_of_deletion(&self, tenant: &Tenant) -> Result<()> {
        if self.beginning().hooks().is_empty() || tenant.status == TenantStatus::Provisioning {
            return Ok(());
        }
        match self.run_before_deletion(tenant).await {
            // The place went in a removal that was cut off, or by itself.
            Err(Error::WrongPlace { .. }) if tenant.status == TenantStatus::Deleted => Ok(()),
            told => told,
        }
    }

    async fn run_before_deletion(&self, tenant: &Tenant) -> Result<()> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let schema = route.schema.as_ref();
        tenant::enter(&transaction, Place::of(tenant, schema), self.entering()).await?;
        let bound =
            TenantTransaction::migrating(transaction, tenant, schema, self.scoper()?).await?;
        for hooks in self.beginning().hooks() {
            let told = hooks.before_deletion(tenant, &bound).await;
            told.map_err(|source| Error::HookFailed {
                hook: "before_deletion",
                slug: tenant.slug.to_string(),
                source,
            })?;
        }
        let committing = Error::database("committing what was done before the deletion");
        bound.into_inner().await?.commit().await.map_err(committing)
    }
}
