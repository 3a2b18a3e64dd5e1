//! Migrations that an operator has begun, with how far they are.
//!
//! What a run has done stands in the registry, and stays there. What is kept here is what goes on
//! in this process now, for whoever looks on.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use tenancy_core::{
    MigrateOptions, Slug, Tenancy,
    migrate::{Outcome, TenantOutcome},
};
use uuid::Uuid;

/// How many runs are remembered.
const REMEMBERED: usize = 8;

/// How far a run is.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) id: Uuid,
    /// The only tenant that it is for, if it is for one.
    pub(crate) only: Option<Slug>,
    /// How many tenants were behind when it began.
    pub(crate) behind: u64,
    pub(crate) started_at: DateTime<Utc>,
    /// The tenants that it has done with, in the order in which they ended.
    pub(crate) tenants: Vec<Ended>,
    pub(crate) end: Option<End>,
}

/// A tenant that a run has done with.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) tenant: Slug,
    pub(crate) word: &'static str,
    pub(crate) error: Option<String>,
}

/// How a run has ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// It has done what there was to do; the migrations that it has applied once.
    Done { shared: Vec<String> },
    /// Tenants of it failed or were skipped.
    Incomplete,
    /// It could not begin.
    Failed(String),
}

impl Progress {
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some()
    }
}

/// The runs of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Migrating(Arc<Mutex<VecDeque<Progress>>>);

impl Migrating {
    /// Begins a run for all tenants that are behind, or for one of them; one that goes on already
    /// is not begun again.
    pub(crate) fn begin(&self, tenancy: &Tenancy, only: Option<Slug>, behind: u64) -> Uuid {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |run: &&Progress| !run.is_over() && run.only == only;
        if let Some(run) = runs.iter().find(same) {
            return run.id;
        }
        let (id, started_at) = (Uuid::now_v7(), Utc::now());
        let run = Progress { id, only, behind, started_at, tenants: Vec::new(), end: None };
        let mut options = MigrateOptions::default();
        options.continue_on_error = true;
        options.selection.tenants = run.only.iter().map(ToString::to_string).collect();
        runs.push_front(run);
        runs.truncate(REMEMBERED);
        drop(runs);
        let (this, tenancy) = (self.clone(), tenancy.clone());
        tokio::spawn(async move {
            let ended = tenancy.migrate(&options, |tenant| this.note(id, tenant)).await;
            let end = match ended {
                Ok(report) if report.is_complete() => End::Done { shared: report.shared },
                Ok(_) => End::Incomplete,
                Err(error) => End::Failed(error.with_sources()),
            };
            this.change(id, |run| run.end = Some(end));
        });
        id
    }

    fn note(&self, id: Uuid, tenant: &TenantOutcome) {
        let error = match &tenant.outcome {
            Outcome::Failed { error } => Some(error.with_sources()),
            Outcome::Migrated { .. }
            | Outcome::UpToDate
            | Outcome::RolledBack { .. }
            | Outcome::Ahead { .. }
            | Outcome::Skipped => None,
        };
        let word = tenant.outcome.word();
        let ended = Ended { tenant: tenant.tenant.clone(), word, error };
        self.change(id, |run| run.tenants.push(ended));
    }

    fn change(&self, id: Uuid, change: impl FnOnce(&mut Progress)) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
            change(run);
        }
    }

    /// How far a run of this process is.
    pub(crate) fn find(&self, id: Uuid) -> Option<Progress> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().find(|run| run.id == id).cloned()
    }
}
