//! A new tenant moves into a place that stands ready.

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::ready::digests;
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{history, layout::LaidOutMigration, message::Message, retry, tenant},
    registry::{NewTenant, Registry, ready::ReadyPlace},
    scope::Dialect,
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
    tenant::{Tenant, TenantStatus},
};

/// Whether the place is to blame, and not what was to be done in it.
fn is_lost_place(error: &Error) -> bool {
    matches!(error, Error::WrongPlace { .. } | Error::UnknownMigration { .. })
}

impl Tenancy {
    /// Creates a tenant in a place that stands ready; `None` where there is none.
    pub(super) async fn create_in_ready_place(
        &self,
        new: &NewTenant,
        migrations: &[LaidOutMigration],
    ) -> Result<Option<Tenant>> {
        if self.strategy().tenant_ddl() == TenantDdl::Once {
            return Ok(None);
        }
        // Outside a transaction nothing is held: it is a look at what could be claimed.
        let digests = digests(self.tenant_set().migrations());
        let next = Registry::hold_ready(&self.databases().direct, &digests).await?;
        let Some(next) = next else { return Ok(None) };
        if !self.strategy().shares_registry(self.dialect()) {
            return self.claim_elsewhere(new, migrations, &digests).await;
        }
        if let Some(tenant) = self.claim_at_once(new, &next, &digests).await? {
            return Ok(Some(tenant));
        }
        self.claim_in_registry(new, migrations, &digests, &next).await
    }

    /// Claims a place in one message, where the tenant needs nothing more; `None` where it is to be
    /// done step by step.
    async fn claim_at_once(
        &self,
        new: &NewTenant,
        place: &ReadyPlace,
        digests: &[String],
    ) -> Result<Option<Tenant>> {
        let is_complete = digests.last() == Some(&place.digest);
        let is_plain = self.dialect() == Dialect::Postgres && self.beginning().is_empty();
        if !(is_complete && is_plain) {
            return Ok(None);
        }
        let tenant = new.tenant_in(place.name.clone(), place.id, TenantStatus::Active)?;
        let tenant = self.completed(tenant);
        let set = self.tenant_set().migrations();
        let mut message = Message::default();
        message.claim(&place.name);
        for insert in new.rows_in_place(&tenant) {
            message.insert(&insert);
        }
        message.update(&Registry::head_update(
            tenant.id,
            self.tenant_set().head(),
            tenant.updated_at,
        ));
        if let Some(recording) = history::recording(set) {
            message.insert(&recording);
        }
        let applied: Vec<&str> = set.iter().map(|migration| migration.name.as_str()).collect();
        message.enter(&place.name, self.entering());
        message.assert(&place.name, &applied);
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

    /// Where one transaction reaches the registry and the place, the claim ends with it.
    async fn claim_in_registry(
        &self,
        new: &NewTenant,
        migrations: &[LaidOutMigration],
        digests: &[String],
        first: &ReadyPlace,
    ) -> Result<Option<Tenant>> {
        let transaction = self.databases().begin_direct().await?;
        let held = match Registry::hold_this(&transaction, first).await? {
            Some(held) => Some(held),
            None => Registry::hold_ready(&transaction, digests).await?,
        };
        let Some(place) = held else { return Ok(None) };
        let tenant = new.tenant_in(place.name.clone(), place.id, TenantStatus::Active)?;
        let tenant = self.completed(tenant);
        Registry::withdraw(&transaction, &place.name).await?;
        write_rows(&transaction, new, &tenant).await?;
        let schema = Some(&tenant.physical_name);
        let filled = self.fill_place(transaction, &tenant, schema, migrations).await;
        let transaction = match filled {
            Err(error) if is_lost_place(&error) => {
                self.give_up(&place, &error).await?;
                return Ok(None);
            }
            filled => filled?,
        };
        let transaction = self.begin_life(transaction, &tenant, schema).await?;
        tenant::leave(&transaction).await?;
        self.put_into_service(&transaction, &tenant).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant"))?;
        Ok(Some(tenant))
    }

    /// Elsewhere the place stays marked until the tenant is in service: a creation that is cut off
    /// is finished in the same place.
    async fn claim_elsewhere(
        &self,
        new: &NewTenant,
        migrations: &[LaidOutMigration],
        digests: &[String],
    ) -> Result<Option<Tenant>> {
        let transaction = self.registry().begin().await?;
        let Some(place) = Registry::hold_ready(&transaction, digests).await? else {
            return Ok(None);
        };
        let tenant = new.tenant_in(place.name.clone(), place.id, TenantStatus::Provisioning)?;
        Registry::set_claimed(&transaction, &place, true).await?;
        write_rows(&transaction, new, &tenant).await?;
        transaction.commit().await.map_err(Error::database("claiming a ready place"))?;
        match self.furnish(&tenant, migrations).await {
            Ok(furnished) => self.settle(furnished, &tenant, &place).await?,
            // What migrations have done in it cannot be taken back: it is nobody's any more.
            Err(error)
                if self.dialect() == Dialect::MySql && digests.last() != Some(&place.digest) =>
            {
                self.registry().release(&tenant).await?;
                self.give_up(&place, &error).await?;
                if is_lost_place(&error) {
                    return Ok(None);
                }
                self.discard(&place).await?;
                return Err(super::as_whole(error));
            }
            Err(error) => {
                self.give_back(&place, &tenant).await;
                if is_lost_place(&error) {
                    self.give_up(&place, &error).await?;
                    return Ok(None);
                }
                return Err(error);
            }
        }
        self.registry().tenant(&tenant.slug).await.map(Some)
    }

    /// Puts a tenant into service in the place that it has claimed.
    pub(super) async fn move_in(
        &self,
        tenant: &Tenant,
        place: &ReadyPlace,
        migrations: &[LaidOutMigration],
    ) -> Result<()> {
        let furnished = self.furnish(tenant, migrations).await?;
        self.settle(furnished, tenant, place).await
    }

    /// Does in a claimed place all that waited for the tenant.
    async fn furnish(
        &self,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<DatabaseTransaction> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let schema = route.schema.as_ref();
        let transaction = begin_writing(&route.connection).await?;
        let transaction = self.fill_place(transaction, tenant, schema, migrations).await?;
        self.begin_life(transaction, tenant, schema).await
    }

    async fn settle(
        &self,
        furnished: DatabaseTransaction,
        tenant: &Tenant,
        place: &ReadyPlace,
    ) -> Result<()> {
        furnished.commit().await.map_err(Error::database("committing the tenant's place"))?;
        let transaction = self.registry().begin().await?;
        self.put_into_service(&transaction, tenant).await?;
        Registry::withdraw(&transaction, &place.name).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant"))
    }

    /// Frees a place in which nothing has been done for a tenant, and takes back the tenant's row.
    /// While that cannot be done, the tenant can be finished.
    async fn give_back(&self, place: &ReadyPlace, tenant: &Tenant) {
        let free = async {
            self.registry().release(tenant).await?;
            Registry::set_claimed(self.registry().database(), place, false).await
        };
        if let Err(error) = free.await {
            let error = error.with_sources();
            tracing::error!(tenant = %tenant.slug, error, "a claimed place is left");
        }
    }

    /// Takes a place off the list that cannot be entered, so that it is in nobody's way.
    async fn give_up(&self, place: &ReadyPlace, error: &Error) -> Result<()> {
        let error = error.with_sources();
        tracing::error!(place = %place.name, error, "a ready place cannot be used");
        Registry::withdraw(self.registry().database(), &place.name).await
    }
}

/// Writes what the registry has of a tenant whose physical name has been written down before.
pub(super) async fn write_rows(
    transaction: &DatabaseTransaction,
    new: &NewTenant,
    tenant: &Tenant,
) -> Result<()> {
    for insert in new.rows_in_place(tenant) {
        let inserted = transaction.execute(&insert).await;
        inserted.map_err(|error| new.refused(tenant, error))?;
    }
    Ok(())
}
