//! Creates the notes. How they are kept apart is not said here: the strategy lays the table out.

use sea_orm_migration::{
    prelude::*,
    schema::{pk_auto, string_uniq},
};
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Note {
    Table,
    Id,
    Title,
}

impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table(Note::Table)
                .col(pk_auto(Note::Id))
                .col(string_uniq(Note::Title)),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table(Note::Table);
        Ok(())
    }
}
