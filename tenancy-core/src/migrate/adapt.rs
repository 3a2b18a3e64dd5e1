//! Migrations written for SeaORM's own migrator as tenant migrations, for strategies with tables for
//! each tenant.

use std::{fmt, sync::Arc};

use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait};

use super::{
    schema::{TenantMigration, TenantSchema},
    step::{AdaptedStep, Step},
    structure::Structure,
};
use crate::{
    catalog::{Catalog, Key, Table, TableKind},
    error::{Error, Result},
};

/// A migration of SeaORM's own kind as a tenant migration.
struct Adapted {
    migration: Arc<dyn MigrationTrait>,
}

impl fmt::Debug for Adapted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Adapted").field(&self.migration.name()).finish()
    }
}

impl MigrationName for Adapted {
    fn name(&self) -> &str {
        self.migration.name()
    }
}

impl TenantMigration for Adapted {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        if self.migration.use_transaction() == Some(false) {
            let what = format!("`{}`, which wants to run outside a transaction", self.name());
            return Err(Error::UnsupportedDefinition { what });
        }
        let migration = Arc::clone(&self.migration);
        schema.step(Step::Adapted(AdaptedStep { migration, down: false }));
        Ok(())
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        let migration = Arc::clone(&self.migration);
        schema.step(Step::Adapted(AdaptedStep { migration, down: true }));
        Ok(())
    }
}

/// The migrations of a SeaORM migrator as the tenant set of an application, as they are: each runs
/// in the tenant's place, in the transaction of the run. What tables they make is learned by running
/// them where nobody sees it, when the application connects.
///
/// They take part in everything but what only written definitions can give: a strategy that keeps
/// all tenants in the same tables refuses them, since it could not lay them out, and their sources
/// are not covered by checksums.
///
/// ```
/// use sea_orm_migration::prelude::*;
/// use tenancy_core::{MigrationSets, migrate::adapted};
///
/// struct Migrator;
///
/// impl MigratorTrait for Migrator {
///     fn migrations() -> Vec<Box<dyn MigrationTrait>> {
///         vec![] // those of the project, unchanged
///     }
/// }
///
/// let sets = MigrationSets { tenant: adapted::<Migrator>(), ..MigrationSets::default() };
/// ```
#[must_use]
pub fn adapted<M: MigratorTrait>() -> Vec<Box<dyn TenantMigration>> {
    let adapt = |migration: Box<dyn MigrationTrait>| {
        Box::new(Adapted { migration: migration.into() }) as Box<dyn TenantMigration>
    };
    M::migrations().into_iter().map(adapt).collect()
}

/// What statements may name, by what is really there.
pub(crate) fn catalog_of(structure: &Structure) -> Catalog {
    let mut catalog = Catalog::default();
    for (name, table) in &structure.tables {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        let is_given_out = |name: &String| {
            table.columns.iter().any(|column| column.name == *name && column.generated.is_some())
        };
        let primary = Key {
            columns: table.primary_key.clone(),
            primary: true,
            generated: matches!(table.primary_key.as_slice(), [only] if is_given_out(only)),
        };
        let keys = Some(primary).filter(|key| !key.columns.is_empty()).into_iter().collect();
        catalog.insert(Table { name: name.clone(), kind: TableKind::Tenant, columns, keys });
    }
    for name in structure.types.keys() {
        catalog.insert_tenant_type(name.clone());
    }
    catalog
}
