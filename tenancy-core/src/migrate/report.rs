//! What a run did: `MigrationReport`, tenant by tenant.

use serde::Serialize;

use crate::{error::Error, tenant::Slug};

/// What became of a tenant in a run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// It was brought forward.
    Migrated {
        /// The migrations that were applied, in order.
        applied: Vec<String>,
    },
    /// There was nothing to do.
    UpToDate,
    /// It was left as it was before the run.
    Failed {
        /// Why.
        #[serde(serialize_with = "as_text")]
        error: Error,
    },
    /// The run stopped before it came to it.
    Skipped,
}

fn as_text<S: serde::Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.with_sources())
}

/// A tenant and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct TenantOutcome {
    /// The tenant.
    pub tenant: Slug,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct MigrationReport {
    /// The migrations that were applied to the tables that are present once, in order. Under a
    /// strategy that keeps all tenants in one set of tables, theirs stand here too.
    pub shared: Vec<String>,
    /// The tenants that the run concerned, by slug. A tenant that was up to date when the run
    /// began is not among them, so that a run over thousands with nothing to do reads one row.
    pub tenants: Vec<TenantOutcome>,
}

impl MigrationReport {
    /// The tenants that were left as they were, with the reasons.
    pub fn failures(&self) -> impl Iterator<Item = (&Slug, &Error)> {
        self.tenants.iter().filter_map(|tenant| match &tenant.outcome {
            Outcome::Failed { error } => Some((&tenant.tenant, error)),
            Outcome::Migrated { .. } | Outcome::UpToDate | Outcome::Skipped => None,
        })
    }
}

/// How many tenants a run would concern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MigrationCounts {
    /// The tenants that are migrated by their status.
    pub tenants: u64,
    /// Those among them that lack migrations.
    pub behind: u64,
}

/// Where the migrations stand.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// The shared migrations, in order, and whether each is applied.
    pub shared: Vec<(String, bool)>,
    /// The tenant migrations, in order.
    pub tenant: Vec<String>,
    /// How far each tenant is, by slug: its newest migration.
    pub tenants: Vec<TenantProgress>,
}

/// How far a tenant is.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct TenantProgress {
    /// The tenant.
    pub tenant: Slug,
    /// Its newest migration; `None` before the first.
    pub head: Option<String>,
    /// How many migrations it lacks; `None` when its newest one is unknown to the application.
    pub pending: Option<usize>,
}
