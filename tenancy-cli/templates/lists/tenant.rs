//! Migrations of the tables that every tenant has, the same under every strategy.

use tenancy_core::TenantMigration;

pub(super) fn migrations() -> Vec<Box<dyn TenantMigration>> {
    vec![]
}
