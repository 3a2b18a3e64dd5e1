//! What the tables of a place are after each migration: the set is applied to an empty place that
//! nobody sees, and its structure read along the way.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{
    layout::LaidOutMigration,
    structure::{self, Structure},
    tenant::{self, Place},
};
use crate::{
    databases::{PoolOptions, begin_writing, open_pool},
    error::{Error, Result},
    name::PhysicalName,
    scope::Dialect,
    strategy::TenantDdl,
    tenancy::Tenancy,
};

impl Tenancy {
    /// The structure that a place has after so many migrations, for each number from none to all.
    ///
    /// On PostgreSQL it is a schema in a transaction that is rolled back, on SQLite a database in
    /// memory; nothing of it stays. Data steps are left out: there are no rows.
    pub(crate) async fn references(
        &self,
        migrations: &[LaidOutMigration],
    ) -> Result<Vec<Structure>> {
        let name = format!("t_reference_{}", Uuid::now_v7().simple());
        let schema = PhysicalName::parse(&name)?;
        let options = PoolOptions { max_connections: 1, ..self.databases().pool_options };
        let (database, schema) = match self.dialect() {
            Dialect::Postgres => (self.databases().direct.clone(), Some(&schema)),
            Dialect::Sqlite => (open_pool("sqlite::memory:", options).await?, None),
        };
        let transaction = begin_writing(&database).await?;
        let place = Place { label: "a place to compare with", lock: &name, schema, tenant: None };
        if let Some(schema) = schema {
            let create = format!("CREATE SCHEMA {}", schema.quoted());
            let created = transaction.execute_unprepared(&create).await;
            created.map_err(Error::database("creating a schema to compare with"))?;
        }
        tenant::enter(&transaction, place, self.lock_timeout()).await?;
        if schema.is_some() && self.strategy().tenant_ddl() == TenantDdl::Once {
            // Where all tenants lie in the same tables, those refer to the registry's.
            let beside =
                format!("SELECT pg_catalog.set_config('search_path', '{name}, public', true)");
            let beside = transaction.execute_unprepared(&beside).await;
            beside.map_err(Error::database("entering a schema to compare with"))?;
        }
        let (transaction, references) = self.apply_each(transaction, place, migrations).await?;
        transaction
            .rollback()
            .await
            .map_err(Error::database("leaving the place to compare with"))?;
        Ok(references)
    }

    async fn apply_each(
        &self,
        mut transaction: DatabaseTransaction,
        place: Place<'_>,
        migrations: &[LaidOutMigration],
    ) -> Result<(DatabaseTransaction, Vec<Structure>)> {
        let schema = place.schema.map(PhysicalName::as_str);
        let mut references = vec![Structure::default()];
        for migration in migrations {
            transaction =
                tenant::run_steps(transaction, place, migration.name(), &migration.up).await?;
            let structure = structure::of_place(&transaction, schema, &|_| false).await?;
            references.push(self.as_if_beside_registry(structure));
        }
        Ok((transaction, references))
    }

    /// Where all tenants lie in the same tables, those lie beside the registry, and refer to what
    /// is there without its schema.
    fn as_if_beside_registry(&self, mut structure: Structure) -> Structure {
        if self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            return structure;
        }
        for table in structure.tables.values_mut() {
            for key in table.foreign_keys.values_mut() {
                key.references = key.references.replace("public.", "");
                key.definition = key.definition.replace("REFERENCES public.", "REFERENCES ");
            }
        }
        structure
    }
}
