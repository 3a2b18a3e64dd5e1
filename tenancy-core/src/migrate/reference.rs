//! What the tables of a place are after each migration: the set is applied to an empty place that
//! nobody sees, and its structure read along the way.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement};
use uuid::Uuid;

use super::{
    layout::LaidOutMigration,
    render::quoted_in,
    structure::{self, Structure},
    tenant::{self, Place},
};
use crate::{
    databases::{PoolOptions, begin_writing, open_pool},
    error::{Error, Result},
    introspect,
    name::PhysicalName,
    registry::schema,
    scope::Dialect,
    strategy::TenantDdl,
    tenancy::Tenancy,
};

/// A place in a transaction that is rolled back, to see what migrations make of it.
pub(super) struct ReferencePlace {
    pub(super) transaction: DatabaseTransaction,
    /// The schema it is, on PostgreSQL.
    pub(super) schema: Option<PhysicalName>,
    name: String,
    /// Whose database it is, on MariaDB and MySQL, where a change of tables cannot be taken back.
    own: Option<DatabaseConnection>,
}

impl ReferencePlace {
    fn place(&self) -> Place<'_> {
        Place {
            label: "a place to compare with",
            lock: &self.name,
            schema: self.schema.as_ref(),
            tenant: None,
        }
    }

    pub(super) async fn leave(self) -> Result<()> {
        let left = self.transaction.rollback().await;
        left.map_err(Error::database("leaving the place to compare with"))?;
        match self.own {
            Some(own) => remove(own, &self.name).await,
            None => Ok(()),
        }
    }
}

/// Removes a database of MariaDB or MySQL that was made to compare with.
async fn remove(own: DatabaseConnection, name: &str) -> Result<()> {
    let doing = Error::database("removing the database to compare with");
    let drop = format!("DROP DATABASE IF EXISTS {}", quoted_in(Dialect::MySql, name));
    own.execute_unprepared(&drop).await.map_err(&doing)?;
    own.close().await.map_err(&doing)
}

impl Tenancy {
    /// The structure that a place has after so many migrations, for each number from none to all.
    ///
    /// On PostgreSQL it is a schema in a transaction that is rolled back, on SQLite a database in
    /// memory, on MariaDB and MySQL a database that is dropped; nothing of it stays, unless a crash
    /// leaves such a database, which is nobody's. Data steps are left out: there are no rows.
    pub(crate) async fn references(
        &self,
        migrations: &[LaidOutMigration],
    ) -> Result<Vec<Structure>> {
        // Where all tenants lie in the same tables, those refer to the registry's.
        self.references_of(migrations, self.strategy().tenant_ddl() == TenantDdl::Once).await
    }

    /// The same for migrations that are laid out to lie beside the registry, or not.
    pub(super) async fn references_of(
        &self,
        migrations: &[LaidOutMigration],
        beside_registry: bool,
    ) -> Result<Vec<Structure>> {
        let mut at = self.reference_place(beside_registry).await?;
        let others = match (self.dialect(), beside_registry) {
            (Dialect::Sqlite, true) => self.stand_in(&at.transaction).await?,
            (Dialect::MySql, true) => self.stand_in_databases(&at.transaction).await?,
            (Dialect::Sqlite | Dialect::MySql, false) | (Dialect::Postgres, _) => Vec::new(),
        };
        let is_other =
            |table: &str| table == tenant::STEPS_TABLE || others.iter().any(|other| other == table);
        let mut references = vec![Structure::default()];
        for migration in migrations {
            let (own, name) = (at.own.clone(), at.name.clone());
            match self.reference_after(at, migration, &is_other).await {
                Ok((next, structure)) => {
                    at = next;
                    references.push(if beside_registry {
                        as_if_beside(structure)
                    } else {
                        structure
                    });
                }
                Err(error) => {
                    if let Some(own) = own {
                        remove(own, &name).await?;
                    }
                    return Err(error);
                }
            }
        }
        at.leave().await?;
        Ok(references)
    }

    async fn reference_after(
        &self,
        mut at: ReferencePlace,
        migration: &LaidOutMigration,
        is_other: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(ReferencePlace, Structure)> {
        let place = Place::of_all();
        at.transaction =
            tenant::run_steps(at.transaction, place, migration.name(), &migration.up).await?;
        let schema = at.schema.as_ref().map(PhysicalName::as_str);
        let structure = structure::of_place(&at.transaction, schema, is_other).await?;
        Ok((at, structure))
    }

    /// Makes the tables that tenants' tables refer to, which lie in a file that the place does not
    /// see: SQLite changes no row of a table whose keys point at nothing. Gives their names.
    async fn stand_in(&self, transaction: &DatabaseTransaction) -> Result<Vec<String>> {
        let doing = Error::database("making what tables refer to");
        let registry = &self.databases().direct;
        let mut others = introspect::ever_shared(registry).await?;
        others.extend(schema::TABLES.map(str::to_owned));
        let backend = DbBackend::Sqlite;
        let sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'";
        let rows = registry.query_all_raw(Statement::from_string(backend, sql)).await;
        for row in rows.map_err(&doing)? {
            let name: String = row.try_get_by_index(0).map_err(&doing)?;
            if others.contains(&name) {
                let create: String = row.try_get_by_index(1).map_err(&doing)?;
                transaction.execute_unprepared(&create).await.map_err(&doing)?;
            }
        }
        Ok(others)
    }

    /// The same for a database that does not see the registry's. Gives their names.
    async fn stand_in_databases(&self, transaction: &DatabaseTransaction) -> Result<Vec<String>> {
        let doing = Error::database("making what tables refer to");
        let registry = &self.databases().direct;
        let central = introspect::current_database(registry).await?;
        let mut others = introspect::ever_shared(registry).await?;
        others.extend(schema::TABLES.map(str::to_owned));
        let quoted = |name: &str| quoted_in(Dialect::MySql, name);
        for table in introspect::tables(registry).await? {
            if others.contains(&table) {
                let table = quoted(&table);
                let create =
                    format!("CREATE TABLE IF NOT EXISTS {table} LIKE {}.{table}", quoted(&central));
                transaction.execute_unprepared(&create).await.map_err(&doing)?;
            }
        }
        Ok(others)
    }

    /// A connection of its own, which stands in a database of its own.
    async fn reference_database(&self, name: &str) -> Result<DatabaseConnection> {
        let own = self.databases().open_owner().await?;
        let create = self.databases().database_creation(&PhysicalName::parse(name)?).await?;
        for sql in [create, format!("USE {}", quoted_in(Dialect::MySql, name))] {
            let done = own.execute_unprepared(&sql).await;
            done.map_err(Error::database("creating a database to compare with"))?;
        }
        Ok(own)
    }

    pub(super) async fn reference_place(&self, beside_registry: bool) -> Result<ReferencePlace> {
        let name = format!("t_reference_{}", Uuid::now_v7().simple());
        let schema = PhysicalName::parse(&name)?;
        let options = PoolOptions { max_connections: 1, ..self.databases().pool_options };
        let (database, schema) = match self.dialect() {
            Dialect::Postgres => (self.databases().direct.clone(), Some(schema)),
            Dialect::Sqlite => (open_pool("sqlite::memory:", options).await?, None),
            Dialect::MySql => (self.reference_database(&name).await?, None),
        };
        let transaction = begin_writing(&database).await?;
        let own = (self.dialect() == Dialect::MySql).then_some(database);
        let at = ReferencePlace { transaction, schema, name, own };
        if let Some(schema) = &at.schema {
            let create = format!("CREATE SCHEMA {}", schema.quoted());
            let created = at.transaction.execute_unprepared(&create).await;
            created.map_err(Error::database("creating a schema to compare with"))?;
        }
        tenant::enter(&at.transaction, at.place(), self.entering()).await?;
        if let Some(schema) = at.schema.as_ref().filter(|_| beside_registry) {
            let path = format!("{}, public", self.entering().path(schema));
            let sql = "SELECT pg_catalog.set_config('search_path', $1, true)";
            let beside = Statement::from_sql_and_values(DbBackend::Postgres, sql, [path.into()]);
            let beside = at.transaction.execute_raw(beside).await;
            beside.map_err(Error::database("entering a schema to compare with"))?;
        }
        Ok(at)
    }
}

/// What lies beside the registry refers to what is there without its schema.
pub(super) fn as_if_beside(mut structure: Structure) -> Structure {
    for table in structure.tables.values_mut() {
        for key in table.foreign_keys.values_mut() {
            key.references = key.references.replace("public.", "");
            key.definition = key.definition.replace("REFERENCES public.", "REFERENCES ");
        }
    }
    structure
}
