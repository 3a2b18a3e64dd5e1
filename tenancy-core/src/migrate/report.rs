//! What a run did: `MigrationReport`, tenant by tenant.

use serde::Serialize;

use super::history::RunId;
use crate::{
    error::Error,
    tenant::{Slug, Tenant},
};

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
    /// Migrations of it were taken back.
    RolledBack {
        /// The migrations that were taken back, in order.
        taken_back: Vec<String>,
    },
    /// It has migrations that this application does not know: a newer release has been here.
    Ahead {
        /// Its newest migration.
        head: String,
    },
    /// It was left as it was before the run; or between, where the database commits each change of
    /// tables by itself and the error is [`Error::AppliedInPart`].
    Failed {
        /// Why.
        #[serde(serialize_with = "as_text")]
        error: Error,
    },
    /// The run stopped before it came to it.
    Skipped,
}

impl Outcome {
    /// The outcome of a tenant to which these migrations were applied.
    pub(crate) fn of(applied: Vec<String>) -> Self {
        if applied.is_empty() { Self::UpToDate } else { Self::Migrated { applied } }
    }

    /// The outcome of a tenant whose newest migration is unknown.
    pub(crate) fn ahead(tenant: &Tenant) -> Self {
        Self::Ahead { head: tenant.migration_head.clone().unwrap_or_default() }
    }

    /// The outcome in a word or two.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Migrated { .. } => "migrated",
            Self::UpToDate => "up to date",
            Self::RolledBack { .. } => "rolled back",
            Self::Ahead { .. } => "ahead",
            Self::Failed { error: Error::AppliedInPart { .. } } => "partial",
            Self::Failed { .. } => "failed",
            Self::Skipped => "skipped",
        }
    }
}

fn as_text<S: serde::Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.with_sources())
}

/// A tenant and what became of it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
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
    /// The run's record, by which it can be gone on with or taken back; `None` where there was
    /// nothing to do.
    pub run: Option<RunId>,
    /// Whether the run can be gone on with: it was for the first few tenants, or some failed or
    /// were skipped.
    pub is_open: bool,
    /// A migration that this application does not know, applied by a newer release to the tables
    /// that all tenants lie in. Nothing was done then.
    pub ahead: Option<String>,
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
            Outcome::Migrated { .. }
            | Outcome::UpToDate
            | Outcome::RolledBack { .. }
            | Outcome::Ahead { .. }
            | Outcome::Skipped => None,
        })
    }

    /// Whether no tenant failed or was skipped.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.tenants.iter().all(|tenant| match tenant.outcome {
            Outcome::Migrated { .. }
            | Outcome::UpToDate
            | Outcome::RolledBack { .. }
            | Outcome::Ahead { .. } => true,
            Outcome::Failed { .. } | Outcome::Skipped => false,
        })
    }

    /// Adds what later steps of the run did to the same tenants.
    pub(crate) fn merge(&mut self, outcomes: Vec<TenantOutcome>) {
        for later in outcomes {
            let earlier = self.tenants.iter_mut().find(|earlier| earlier.tenant == later.tenant);
            match (earlier, later.outcome) {
                (None, outcome) => {
                    self.tenants.push(TenantOutcome { tenant: later.tenant, outcome });
                }
                (
                    Some(TenantOutcome { outcome: Outcome::Migrated { applied }, .. }),
                    Outcome::Migrated { applied: more },
                ) => applied.extend(more),
                (Some(earlier), outcome) => earlier.outcome = outcome,
            }
        }
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
