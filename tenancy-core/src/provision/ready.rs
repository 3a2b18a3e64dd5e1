//! Places made ahead of time: what takes long is done before anyone waits for it.

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{RecordedMigration, layout::LaidOutMigration, record::hex_digest, tenant},
    name::PhysicalName,
    registry::{Registry, ready::ReadyPlace},
    strategy::{Purpose, Site, TenantDdl},
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantId, TenantStatus},
};

use super::place_refused;

/// What a place is called before it has a tenant.
const LABEL: &str = "ready";

/// A digest of each beginning of the set, from none of it to all: what a place has had is known by
/// it, also after a migration was taken back and edited.
pub(super) fn digests(set: &[RecordedMigration]) -> Vec<String> {
    let mut digests = vec![hex_digest(b"")];
    for migration in set {
        let before = digests.last().map_or("", String::as_str);
        let account = format!("{before}\n{}\n{}", migration.name, migration.checksum);
        digests.push(hex_digest(account.as_bytes()));
    }
    digests
}

/// The migrations that can be applied before it is known whose place it will be: those before the
/// first that works on the tenant's rows.
fn ahead(migrations: &[LaidOutMigration]) -> &[LaidOutMigration] {
    let data = migrations.iter().position(|migration| migration.recorded.has_data());
    &migrations[..data.unwrap_or(migrations.len())]
}

/// The place as the strategy takes it: as if the tenant were there.
pub(super) fn stand_in(name: PhysicalName, id: TenantId) -> Result<Tenant> {
    let now = Utc::now();
    Ok(Tenant {
        id,
        slug: LABEL.parse()?,
        name: LABEL.to_owned(),
        status: TenantStatus::Provisioning,
        generation: 1,
        physical_name: name,
        settings: serde_json::Value::Null,
        migration_head: None,
        created_at: now,
        updated_at: now,
    })
}

impl Tenancy {
    /// Makes places for tenants to come until so many stand ready, and brings those forward that
    /// are behind; tells how many it has made. [`create_tenant`](Self::create_tenant) takes them
    /// first, so that a sign-up waits for no table to be created.
    ///
    /// A place that stands ready is no tenant: it is neither listed nor counted nor reached. A
    /// migration with data steps, and all after it, is applied when the place gets its tenant.
    ///
    /// It can be called at any time, also by several processes, which may make a few places more
    /// than wanted. Where all tenants lie in the same tables there is nothing to make: it makes
    /// none.
    ///
    /// # Errors
    /// [`Error::NotInitialised`], [`Error::OlderRegistry`], and whatever stands against making a
    /// place: [`Error::MigrationFailed`], [`Error::Database`]. The places before it stay.
    pub async fn prepare_tenants(&self, count: u64) -> Result<u64> {
        let migrations = self.prepared().await?;
        if self.strategy().tenant_ddl() == TenantDdl::Once {
            return Ok(0);
        }
        Box::pin(self.bring_ready_forward(&migrations)).await?;
        let mut made = 0;
        while self.ready_count().await? < count {
            Box::pin(self.prepare_place(ahead(&migrations))).await?;
            made += 1;
        }
        self.expect_ready(count > 0);
        Ok(made)
    }

    /// How many places stand ready for tenants to come.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry cannot be read.
    pub async fn ready_count(&self) -> Result<u64> {
        self.registry().count_ready(&digests(self.tenant_set().migrations())).await
    }

    /// Removes all places that stand ready, also those that another release has made; tells how
    /// many there were.
    ///
    /// # Errors
    /// [`Error::Database`] when the database refuses, and those of the strategy.
    pub async fn discard_ready_tenants(&self) -> Result<u64> {
        self.registry().current_marker(self.strategy().name()).await?;
        let mut discarded = 0;
        loop {
            let transaction = self.registry().begin().await?;
            let Some(place) = Registry::hold_any(&transaction).await? else { return Ok(discarded) };
            Registry::withdraw(&transaction, &place.name).await?;
            let committing = Error::database("taking a ready place off the list");
            transaction.commit().await.map_err(committing)?;
            self.discard(&place).await?;
            discarded += 1;
        }
    }

    pub(super) async fn discard(&self, place: &ReadyPlace) -> Result<()> {
        let stand_in = stand_in(place.name.clone(), place.id)?;
        let tables = self.tenant_set().tables();
        self.strategy().deprovision(self.databases(), &stand_in, tables).await
    }

    async fn prepare_place(&self, migrations: &[LaidOutMigration]) -> Result<()> {
        let id = TenantId::generate();
        let slug: Slug = LABEL.parse()?;
        let place = stand_in(PhysicalName::for_tenant(&slug, id)?, id)?;
        if self.strategy().shares_registry(self.dialect()) {
            self.prepare_in_registry(&place, migrations).await
        } else {
            self.prepare_elsewhere(&place, migrations).await
        }
    }

    fn offer_of(&self, place: &Tenant, migrations: &[LaidOutMigration]) -> ReadyPlace {
        let mut digests = digests(self.tenant_set().migrations());
        let digest = digests.swap_remove(migrations.len());
        ReadyPlace { name: place.physical_name.clone(), id: place.id, digest }
    }

    /// In one transaction: a preparation that is cut off has made nothing.
    async fn prepare_in_registry(
        &self,
        place: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<()> {
        let transaction = self.databases().begin_direct().await?;
        Registry::reserve_name(&transaction, place).await?;
        for statement in self.strategy().place_statements(place, self.dialect()) {
            let made = transaction.execute_unprepared(&statement).await;
            made.map_err(|error| place_refused(place, error))?;
        }
        let schema = Some(&place.physical_name);
        let transaction = self.fill_place(transaction, place, schema, migrations).await?;
        tenant::leave(&transaction).await?;
        Registry::offer(&transaction, &self.offer_of(place, migrations)).await?;
        transaction.commit().await.map_err(Error::database("committing a ready place"))
    }

    /// The place is offered when it has been published: what a preparation that was cut off has
    /// left is never offered, and its name is never used again.
    async fn prepare_elsewhere(
        &self,
        place: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<()> {
        Registry::reserve_name(self.registry().database(), place).await?;
        let Site { transaction, schema, publish } =
            self.strategy().provision(self.databases(), place).await?;
        let filled = self.fill_place(transaction, place, schema.as_ref(), migrations).await;
        let transaction = match filled {
            Ok(transaction) => transaction,
            Err(error) => {
                self.strategy().abandon(self.databases(), place).await?;
                return Err(super::as_whole(error));
            }
        };
        transaction.commit().await.map_err(Error::database("committing a ready place"))?;
        publish.await?;
        Registry::offer(self.registry().database(), &self.offer_of(place, migrations)).await
    }

    /// Brings all ready places forward as far as they can be without a tenant. One that cannot be
    /// is discarded: another one is made as quickly.
    pub(crate) async fn bring_ready_forward(&self, migrations: &[LaidOutMigration]) -> Result<()> {
        let migrations = ahead(migrations);
        let known = digests(self.tenant_set().migrations());
        let newest = &known[migrations.len()];
        let mut after: Option<PhysicalName> = None;
        loop {
            let holding = self.databases().begin_direct().await?;
            let next = Registry::hold_older(&holding, newest, after.as_ref()).await?;
            let Some(place) = next else { return Ok(()) };
            after = Some(place.name.clone());
            // What this release does not know may be a newer one's.
            if !known.contains(&place.digest) {
                continue;
            }
            let forwarded = if self.strategy().shares_registry(self.dialect()) {
                self.forward_in_registry(holding, &place, migrations, newest).await
            } else {
                self.forward_elsewhere(holding, &place, migrations, newest).await
            };
            if let Err(error) = forwarded {
                let error = error.with_sources();
                tracing::warn!(place = %place.name, error, "discarding a ready place");
                Registry::withdraw(self.registry().database(), &place.name).await?;
                self.discard(&place).await?;
            }
        }
    }

    async fn forward_in_registry(
        &self,
        holding: DatabaseTransaction,
        place: &ReadyPlace,
        migrations: &[LaidOutMigration],
        digest: &str,
    ) -> Result<()> {
        let stand_in = stand_in(place.name.clone(), place.id)?;
        let schema = Some(&place.name);
        let transaction = self.fill_place(holding, &stand_in, schema, migrations).await?;
        tenant::leave(&transaction).await?;
        Registry::set_digest(&transaction, place, digest).await?;
        transaction.commit().await.map_err(Error::database("committing a ready place"))
    }

    /// The place is marked meanwhile, so that no tenant moves in.
    async fn forward_elsewhere(
        &self,
        holding: DatabaseTransaction,
        place: &ReadyPlace,
        migrations: &[LaidOutMigration],
        digest: &str,
    ) -> Result<()> {
        let doing = Error::database("committing a ready place");
        Registry::set_claimed(&holding, place, true).await?;
        holding.commit().await.map_err(&doing)?;
        let stand_in = stand_in(place.name.clone(), place.id)?;
        let databases = self.databases();
        let route = self.strategy().route(databases, &stand_in, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let schema = route.schema.as_ref();
        let transaction = self.fill_place(transaction, &stand_in, schema, migrations).await?;
        transaction.commit().await.map_err(&doing)?;
        let registry = self.registry().begin().await?;
        Registry::set_digest(&registry, place, digest).await?;
        Registry::set_claimed(&registry, place, false).await?;
        registry.commit().await.map_err(&doing)
    }
}
