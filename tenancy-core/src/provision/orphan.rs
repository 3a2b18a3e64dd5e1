//! Places of tenants that belong to none: found, made a tenant's again, or removed.

use chrono::Utc;
use sea_orm::ConnectionTrait;

use super::ready::stand_in;
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{
        ledger,
        tenant::{self, Place},
    },
    name::PhysicalName,
    registry::{NewTenant, Registry},
    strategy::Purpose,
    tenancy::Tenancy,
    tenant::{Tenant, TenantId, TenantStatus},
};

impl Tenancy {
    /// The places that were made for a tenant and belong to none now, nor wait for one: what a crash
    /// has left, or a registry that was restored from before they were made.
    ///
    /// Places whose names the registry has never given are not among them: whose they are is not for
    /// the framework to say. A place that is being made at this moment may be.
    ///
    /// # Errors
    /// [`Error::NotInitialised`] and [`Error::Database`].
    pub async fn orphans(&self) -> Result<Vec<PhysicalName>> {
        self.registry().current_marker(self.strategy().name()).await?;
        let there = self.strategy().places(self.databases()).await?;
        let given = self.registry().given_names().await?;
        let owned = self.registry().owned_names().await?;
        Ok(there.into_iter().filter(|name| given.contains(name) && !owned.contains(name)).collect())
    }

    /// Makes a tenant of an orphan, with the rows that lie there. It has the migrations that its ledger
    /// names; those that come after them are pending.
    ///
    /// # Errors
    /// [`Error::NotOrphaned`] for any other place, [`Error::UnknownMigration`] for one of a newer
    /// release, and those of [`create_tenant`](Self::create_tenant).
    pub async fn adopt_orphan(&self, place: &PhysicalName, new: &NewTenant) -> Result<Tenant> {
        let _forgetting = self.forgetting();
        self.must_be_orphan(place).await?;
        let id = TenantId::generate();
        let tenant = new.tenant_in(place.clone(), id, TenantStatus::Active)?;
        // It may have been a deleted tenant's.
        self.strategy().bring_back(self.databases(), &tenant).await?;
        let applied = self.applied_in(&tenant).await?;
        let laid_out = self.laid_out().await?;
        tenant::check_known(Place::of(&tenant, None), &applied, &laid_out, &self.shared_names())?;
        let known = self.tenant_set().migrations();
        let head = known.iter().take_while(|migration| applied.contains(&migration.name)).last();
        let transaction = self.registry().begin().await?;
        for insert in new.rows_in_place(&tenant) {
            let inserted = transaction.execute(&insert).await;
            inserted.map_err(|error| new.refused(&tenant, error))?;
        }
        Registry::give_again(&transaction, &tenant).await?;
        Registry::set_head(&transaction, id, head, Utc::now()).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant"))?;
        self.registry().tenant(&tenant.slug).await
    }

    /// Removes an orphan with all rows that lie there, for ever.
    ///
    /// # Errors
    /// [`Error::NotOrphaned`] for any other place, and what the strategy says.
    pub async fn remove_orphan(&self, place: &PhysicalName) -> Result<()> {
        self.must_be_orphan(place).await?;
        let nobody = stand_in(place.clone(), TenantId::generate())?;
        let tables = self.tenant_set().tables();
        self.strategy().deprovision(self.databases(), &nobody, tables).await
    }

    async fn must_be_orphan(&self, place: &PhysicalName) -> Result<()> {
        if self.orphans().await?.contains(place) {
            return Ok(());
        }
        Err(Error::NotOrphaned { place: place.to_string() })
    }

    async fn applied_in(&self, tenant: &Tenant) -> Result<Vec<String>> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let applied = ledger::applied(&transaction).await?;
        transaction.rollback().await.map_err(Error::database("leaving the tenant's place"))?;
        Ok(applied)
    }
}
