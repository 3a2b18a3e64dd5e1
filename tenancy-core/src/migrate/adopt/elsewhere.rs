//! Adoption where the tenant's place lies outside the registry's database.

use super::{Adopting, Adoption, copy};
use crate::{
    catalog::{Table, TableKind},
    databases::begin_writing,
    error::{Error, Result},
    migrate::tenant::{self, Place},
    scope::TableRule,
    strategy::Site,
};

impl Adopting<'_> {
    /// The registry's database is held against writers from the look at the former tables until
    /// they go. What fails before that leaves them as they are, and the tenant's place is removed;
    /// a crash in between leaves a place that is nobody's.
    pub(super) async fn elsewhere(&self) -> Result<Adoption> {
        let (tenancy, tenant) = (self.tenancy, &self.tenant);
        let registry = begin_writing(&tenancy.databases().direct).await?;
        let existing = self.look(&registry).await?;
        let from = self.registry_from_place()?;
        let Site { transaction, schema: _, publish } =
            tenancy.strategy().provision(tenancy.databases(), tenant).await?;
        let place = Place { tenant: None, ..Place::of(tenant, None) };
        tenant::enter(&transaction, place, tenancy.entering()).await?;
        let to = copy::Side::registry(tenancy);
        let (transaction, tables) = self.fill(transaction, &existing, (&from, &to)).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant's place"))?;
        publish.await?;
        let moved = async {
            let former = self.set_aside(&registry, &existing).await?;
            copy::drop_former(&registry, &existing, &to).await?;
            self.write_rows(&registry).await?;
            let adoption = self.enlist(&registry, &existing, tables, former).await?;
            registry.commit().await.map_err(Error::database("committing the adoption"))?;
            Ok(adoption)
        };
        match moved.await {
            Ok(adoption) => Ok(adoption),
            Err(error) => {
                self.remove_place().await;
                Err(error)
            }
        }
    }

    async fn remove_place(&self) {
        let (tenancy, tenant) = (self.tenancy, &self.tenant);
        let tables = tenancy.tenant_set().tables();
        let removed = tenancy.strategy().deprovision(tenancy.databases(), tenant, tables).await;
        if let Err(error) = removed {
            tracing::error!(
                place = %tenant.physical_name,
                error = %error.with_sources(),
                "the place of a tenant that could not be adopted is left"
            );
        }
    }

    /// The former tables as the tenant's place sees them: as it sees a shared one.
    fn registry_from_place(&self) -> Result<copy::Side> {
        let shared = Table {
            name: String::new(),
            kind: TableKind::Shared { writable: false },
            columns: Vec::new(),
            keys: Vec::new(),
        };
        match self.tenancy.strategy().table_rule(&shared, self.tenancy.dialect()) {
            TableRule::Schema(schema) => Ok(copy::Side::schema(schema.as_str())),
            TableRule::Filter { .. } | TableRule::TenantSchema => Err(Error::NotAdoptable {
                reason: "the strategy does not say how a tenant's place sees them".to_owned(),
            }),
        }
    }
}
