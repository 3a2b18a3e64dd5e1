//! Creates the table `example`, of which every tenant has its own rows.

use sea_orm_migration::{
    prelude::*,
    schema::{pk_auto, string},
};
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table("example")
                .col(pk_auto("id"))
                .col(string("name")),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table("example");
        Ok(())
    }
}
