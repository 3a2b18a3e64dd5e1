//! The tables of the shared set that were there before the framework.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sea_orm_migration::SchemaManager;

use super::existing::with_identities;
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{
        ledger, lock, reference, shared,
        structure::{self, Structure},
        tenant, verify,
    },
    name::PhysicalName,
    registry::schema,
    tenancy::Tenancy,
};

impl Tenancy {
    /// Notes the shared migrations whose tables are there as applied, without running them; their
    /// names. What they would have written into the tables is left to who filled them.
    pub(super) async fn adopt_shared(&self) -> Result<Vec<String>> {
        if self.shared_migrations().is_empty() {
            return Ok(Vec::new());
        }
        let references = self.shared_references().await?;
        let tables: BTreeSet<&String> = references.iter().flat_map(|r| r.tables.keys()).collect();
        let types: BTreeSet<&String> = references.iter().flat_map(|r| r.types.keys()).collect();
        let transaction = begin_writing(&self.databases().direct).await?;
        lock::take(&transaction, "shared").await?;
        let is_other = |table: &str| !tables.iter().any(|shared| *shared == table);
        let mut existing = structure::of_place(&transaction, None, &is_other).await?;
        existing.types.retain(|name, _| types.contains(name));
        if existing.tables.is_empty() {
            return Ok(Vec::new());
        }
        let existing = with_identities(existing);
        let until = verify::fitting(&existing, &references)
            .map_err(|reason| Error::NotAdoptable { reason })?;
        let noted = self.note_shared(&transaction, &references[..=until]).await?;
        transaction.commit().await.map_err(Error::database("noting the shared tables"))?;
        Ok(noted)
    }

    async fn note_shared(
        &self,
        transaction: &DatabaseTransaction,
        references: &[Structure],
    ) -> Result<Vec<String>> {
        ledger::install(transaction).await?;
        let applied = ledger::applied(transaction).await?;
        let mut noted = Vec::new();
        for (migration, at) in self.shared_migrations().iter().zip(references.windows(2)) {
            let [before, after] = at else { continue };
            let name = migration.name();
            for table in after.tables.keys().filter(|table| !before.tables.contains_key(*table)) {
                shared::note(transaction, table, name, None).await?;
            }
            for table in before.tables.keys().filter(|table| !after.tables.contains_key(*table)) {
                shared::note(transaction, table, name, Some(name)).await?;
            }
            if !applied.iter().any(|applied| applied == name) {
                let enter = ledger::enter(transaction.get_database_backend(), name);
                tenant::write_ledger(transaction, &enter).await?;
            }
            noted.push(name.to_owned());
        }
        schema::raise_catalog_generation(transaction).await?;
        Ok(noted)
    }

    /// The structure of the shared tables after so many migrations of their set.
    pub(super) async fn shared_references(&self) -> Result<Vec<Structure>> {
        let at = self.reference_place(true).await?;
        let schema = at.schema.as_ref().map(PhysicalName::as_str);
        let mut references = vec![Structure::default()];
        for migration in self.shared_migrations() {
            let failed =
                |source| Error::MigrationFailed { migration: migration.name().to_owned(), source };
            migration.up(&SchemaManager::new(&at.transaction)).await.map_err(failed)?;
            let structure = structure::of_place(&at.transaction, schema, &|_| false).await?;
            references.push(reference::as_if_beside(structure));
        }
        at.leave().await?;
        Ok(references)
    }
}
