//! A note: its table and its entity. Nothing here mentions a tenant.

#![expect(unreachable_pub, reason = "SeaORM's macros write `pub`")]

use sea_orm::entity::prelude::*;
use sea_orm_migration::{
    MigrationName,
    prelude::Table,
    schema::{big_pk_auto, string_len},
};
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub text: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Creates the notes.
pub(crate) struct CreateNotes;

impl MigrationName for CreateNotes {
    fn name(&self) -> &str {
        "m20260101_000001_create_notes"
    }
}

impl TenantMigration for CreateNotes {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        let mut note = Table::create();
        schema.create_table(note.table("note").col(big_pk_auto("id")).col(string_len("text", 500)))
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table("note");
        Ok(())
    }
}
