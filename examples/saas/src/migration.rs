//! The two sets of migrations: tables that are present once, and tables that every tenant has.

mod shared;
mod tenant;

use tenancy_core::MigrationSets;

/// All migrations of the shop, in order. They are the same under every strategy.
pub(crate) fn sets() -> MigrationSets {
    MigrationSets {
        shared: shared::migrations(),
        tenant: tenant::migrations(),
        ..MigrationSets::default()
    }
}
