//! Migrations of the tables that every tenant has, the same under every strategy.

mod m20260101_000002_create_note;

use tenancy_core::TenantMigration;

pub(super) fn migrations() -> Vec<Box<dyn TenantMigration>> {
    vec![Box::new(m20260101_000002_create_note::Migration)]
}
