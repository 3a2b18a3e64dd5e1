//! Tenant migrations: written once, laid out by the strategy, run for every tenant.

pub mod change;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod entity;
pub(crate) mod layout;
pub(crate) mod ledger;
pub(crate) mod lock;
pub(crate) mod piece;
mod raw;
pub(crate) mod read;
mod rebuild;
pub(crate) mod record;
pub(crate) mod render;
mod report;
mod run;
pub(crate) mod schema;
mod shared;
mod state;
mod step;
pub mod structure;
pub(crate) mod tenant;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use entity::EntityDrift;
pub use read::constraint_name;
pub use record::{MigrationSets, RecordedMigration, TenantSet};
pub use report::{
    MigrationCounts, MigrationReport, MigrationStatus, Outcome, TenantOutcome, TenantProgress,
};
pub use run::MigrateOptions;
pub use schema::{TenantMigration, TenantSchema};
pub use step::{AdaptedStep, DataStep, RawStep, Step};
