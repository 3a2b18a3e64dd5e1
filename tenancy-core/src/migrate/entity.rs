//! SeaORM entities as definitions: what they would be created as, and where migrations differ.

mod drift;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::FutureExt;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Schema, SchemaBuilder, Statement,
};

pub use self::drift::EntityDrift;
use super::{
    change::{SchemaChange, TableDefinition},
    read,
    record::TenantSet,
    state::State,
};
use crate::{
    catalog::Catalog,
    error::{Error, Result},
    scope::Dialect,
};

/// A connection that runs nothing and writes down what it was given: SeaORM tells what entities are
/// created as to none but a connection.
struct Recorder {
    backend: DbBackend,
    statements: Mutex<Vec<String>>,
}

/// That a statement was run, in the words of whichever driver there is.
#[cfg(feature = "sqlite")]
fn nothing_done() -> Result<ExecResult, DbErr> {
    Ok(sea_orm::sqlx::sqlite::SqliteQueryResult::default().into())
}

#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
fn nothing_done() -> Result<ExecResult, DbErr> {
    Ok(sea_orm::sqlx::postgres::PgQueryResult::default().into())
}

#[cfg(all(feature = "mysql", not(any(feature = "postgres", feature = "sqlite"))))]
fn nothing_done() -> Result<ExecResult, DbErr> {
    Ok(sea_orm::sqlx::mysql::MySqlQueryResult::default().into())
}

#[cfg(not(any(feature = "mysql", feature = "postgres", feature = "sqlite")))]
fn nothing_done() -> Result<ExecResult, DbErr> {
    Err(DbErr::Custom("no driver of a database was compiled in".to_owned()))
}

#[async_trait]
impl ConnectionTrait for Recorder {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_unprepared(&statement.sql).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(sql.to_owned());
        nothing_done()
    }

    async fn query_one_raw(&self, _: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(None)
    }

    async fn query_all_raw(&self, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(Vec::new())
    }
}

fn unsupported(what: &str) -> Error {
    Error::UnsupportedDefinition { what: what.to_owned() }
}

/// The changes that create entities, in an order in which each refers to what is there.
fn created<F: Fn(Schema) -> SchemaBuilder>(
    entities: &F,
    dialect: Dialect,
) -> Result<Vec<SchemaChange>> {
    let backend = match dialect {
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::MySql => DbBackend::MySql,
    };
    let recorder = Recorder { backend, statements: Mutex::default() };
    // Nothing in it waits for anything.
    let applied = entities(Schema::new(backend)).apply(&recorder).now_or_never();
    if !matches!(applied, Some(Ok(()))) {
        return Err(unsupported("entities that SeaORM cannot write as tables"));
    }
    let statements = recorder.statements.into_inner().unwrap_or_else(PoisonError::into_inner);
    let changes = statements.iter().map(|statement| read::sql(statement, dialect));
    Ok(changes.collect::<Result<Vec<_>>>()?.concat())
}

fn table_of(change: &mut SchemaChange) -> Option<&mut TableDefinition> {
    if let SchemaChange::CreateTable(table) = change { Some(table) } else { None }
}

/// As [`created`], with the names of foreign keys, which SQLite's builder leaves out.
pub(crate) fn changes<F: Fn(Schema) -> SchemaBuilder>(
    entities: &F,
    dialect: Dialect,
) -> Result<Vec<SchemaChange>> {
    let mut changes = created(entities, dialect)?;
    if changes.is_empty() {
        return Err(unsupported("no entity at all"));
    }
    if dialect == Dialect::Sqlite {
        let mut named = created(entities, Dialect::Postgres)?;
        let mut named: Vec<_> = named.iter_mut().filter_map(table_of).collect();
        for table in changes.iter_mut().filter_map(table_of) {
            let same = named.iter_mut().find(|named| named.name == table.name);
            let keys = same.map(|named| std::mem::take(&mut named.foreign_keys));
            for (key, named) in table.foreign_keys.iter_mut().zip(keys.unwrap_or_default()) {
                key.name = named.name;
            }
        }
    }
    Ok(changes)
}

impl TenantSet {
    /// Compares entities with the tables that the migrations make: nothing where no migration is
    /// missing.
    ///
    /// What an entity says must be so: its columns, their types, whether they may be null, its
    /// primary key, its unique keys and indexes, the references of its relations, its enum types. What
    /// it cannot say or need not is not compared: names of keys, defaults, checks, what a reference
    /// does on deletion, the length of a text where the entity has none, further keys and indexes.
    ///
    /// `entities` is given SeaORM's helper for the database, and collects the entities with it: one
    /// by one as here, or with SeaORM's feature `entity-registry` those of a module tree, by
    /// `EntityRegistry::build_schema(helper, "my_app::entity::tenant::*")`.
    ///
    /// ```
    /// # use sea_orm_migration::{prelude::*, schema::{pk_auto, string}};
    /// # use tenancy_core::{Dialect, MigrationSets, Result, TenantMigration, TenantSchema, TenantSet};
    /// mod note {
    ///     use sea_orm::entity::prelude::*;
    ///
    ///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    ///     #[sea_orm(table_name = "note")]
    ///     pub struct Model {
    ///         #[sea_orm(primary_key)]
    ///         pub id: i32,
    ///         pub title: String,
    ///         pub pages: i32,
    ///     }
    ///
    ///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    ///     pub enum Relation {}
    ///
    ///     impl ActiveModelBehavior for ActiveModel {}
    /// }
    /// # struct CreateNotes;
    /// # impl MigrationName for CreateNotes {
    /// #     fn name(&self) -> &str { "m20260101_000001_create_notes" }
    /// # }
    /// # impl TenantMigration for CreateNotes {
    /// #     fn up(&self, schema: &mut TenantSchema) -> Result<()> {
    /// #         schema.create_table(Table::create().table("note").col(pk_auto("id")).col(string("title")))
    /// #     }
    /// # }
    /// # let sets = MigrationSets { tenant: vec![Box::new(CreateNotes)], ..MigrationSets::default() };
    ///
    /// let set = TenantSet::record(&sets, Dialect::Postgres)?;
    /// let drift = set.entity_drift(|helper| helper.builder().register(note::Entity))?;
    /// let lines: Vec<String> = drift.iter().map(ToString::to_string).collect();
    /// assert_eq!(lines, ["no migration adds the column `pages` (INTEGER) to the table `note`"]);
    /// # Ok::<(), tenancy_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for no entity at all, and for one that cannot be laid out,
    /// such as one with a schema.
    pub fn entity_drift(
        &self,
        entities: impl Fn(Schema) -> SchemaBuilder,
    ) -> Result<Vec<EntityDrift>> {
        let mut expected = State::beside(Catalog::default(), self.dialect());
        for change in changes(&entities, self.dialect())? {
            expected.apply(&change, "the entities")?;
        }
        Ok(drift::between(&expected, self.state()))
    }
}

#[cfg(test)]
mod tests;
