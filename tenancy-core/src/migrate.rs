//! Tenant migrations: written once, laid out by the strategy, run for every tenant.

pub(crate) mod adapt;
pub(crate) mod adopt;
pub mod change;
mod entity;
mod fake;
mod fresh;
pub(crate) mod history;
pub(crate) mod layout;
pub(crate) mod ledger;
pub(crate) mod lock;
pub(crate) mod message;
pub(crate) mod piece;
mod raw;
pub(crate) mod read;
mod rebuild;
pub(crate) mod record;
mod reference;
pub(crate) mod render;
mod report;
pub(crate) mod retry;
mod rollback;
pub(crate) mod run;
pub(crate) mod schema;
mod secure;
mod select;
mod shared;
mod state;
mod status;
mod step;
pub mod structure;
pub(crate) mod tenant;
mod verify;

pub use adapt::adapted;
pub use adopt::{AdoptedTable, Adoption};
pub use entity::EntityDrift;
pub use history::{Direction, RunId, RunRecord};
pub use read::constraint_name;
pub use record::{MigrationSets, RecordedMigration, Survey, TenantSet};
pub use report::{
    MigrationCounts, MigrationReport, MigrationStatus, Outcome, TenantOutcome, TenantProgress,
};
pub use rollback::Rollback;
pub use run::{MigrateOptions, StopSignal};
pub use schema::{TenantMigration, TenantSchema};
pub use select::{Canary, Selection};
pub use status::{MigrationPlan, TenantPlan};
pub use step::{AdaptedStep, DataStep, RawStep, Step};
pub use verify::{PlaceVerdict, Problem, Verification};
