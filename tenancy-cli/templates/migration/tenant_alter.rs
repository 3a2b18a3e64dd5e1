//! Changes the table `example` of every tenant.

use sea_orm_migration::{prelude::*, schema::string_null};
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.add_column("example", &string_null("new_column"))
    }
}
