//! An application with a shared migration and two tenant migrations, under either strategy.

use std::sync::Arc;

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, integer, pk_auto, string},
};
use tenancy_cli::Application;
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy, TenantMigration, TenantSchema,
    config::{Config, StrategyKeys},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

/// The application, at some point of its history.
pub(crate) struct Notes {
    /// How many tenant migrations it has.
    pub(crate) migrations: usize,
}

impl Notes {
    pub(crate) const FIRST: Self = Self { migrations: 1 };
    pub(crate) const NOW: Self = Self { migrations: 2 };
}

impl Application for Notes {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        vec![SharedSchema::KEYS, SchemaPerTenant::KEYS]
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        if config.strategy().value == SharedSchema::KEYS.name {
            return Ok(Arc::new(SharedSchema::from_config(config)?));
        }
        Ok(Arc::new(SchemaPerTenant::from_config(config)?))
    }

    fn entities(&self, helper: sea_orm::Schema) -> Option<sea_orm::SchemaBuilder> {
        Some(helper.builder().register(note::Entity))
    }

    fn migrations(&self) -> MigrationSets {
        let all: [Box<dyn TenantMigration>; 2] = [Box::new(CreateNotes), Box::new(AddDone)];
        MigrationSets {
            shared: vec![Box::new(CreatePlans)],
            tenant: all.into_iter().take(self.migrations).collect(),
            ..MigrationSets::default()
        }
    }
}

/// The entity of the newest migration.
mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) title: String,
        #[sea_orm(default_value = false)]
        pub(crate) done: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(DeriveIden)]
enum Plan {
    Table,
    Id,
    Price,
}

#[derive(DeriveIden)]
enum Note {
    Table,
    Id,
    Title,
    Done,
}

struct CreatePlans;

impl MigrationName for CreatePlans {
    fn name(&self) -> &'static str {
        "m20260101_000001_create_plans"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "SeaORM's trait is declared so")]
impl MigrationTrait for CreatePlans {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Plan::Table)
            .col(pk_auto(Plan::Id))
            .col(integer(Plan::Price))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Plan::Table).take()).await
    }
}

struct CreateNotes;

impl MigrationName for CreateNotes {
    fn name(&self) -> &'static str {
        "m20260102_000001_create_notes"
    }
}

impl TenantMigration for CreateNotes {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create().table(Note::Table).col(pk_auto(Note::Id)).col(string(Note::Title)),
        )
    }
}

struct AddDone;

impl MigrationName for AddDone {
    fn name(&self) -> &'static str {
        "m20260103_000001_add_done"
    }
}

impl TenantMigration for AddDone {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.add_column(Note::Table, boolean(Note::Done).default(false))
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_column(Note::Table, Note::Done);
        Ok(())
    }
}
