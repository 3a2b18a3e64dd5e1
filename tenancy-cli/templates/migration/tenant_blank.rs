//! Says what it changes for every tenant.

use sea_orm_migration::prelude::*;
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        // Steps are written down here, and run later: for each tenant, or once for all.
        let _ = schema;
        Ok(())
    }
}
