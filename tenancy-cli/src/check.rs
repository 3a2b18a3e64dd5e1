//! Checks that read an application's folder: its manifests, its code and its migrations. Nothing of
//! it is compiled or run.
//!
//! Every check is one file with a [`Check`]; [`CHECKS`] lists them. The sources are read once, by
//! `source`, and each check looks at what it needs of them. What a check cannot tell from the
//! sources is a finding too, so that it is never taken for a clean result.

mod app;
mod leftovers;
mod run_call;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar of Rust has many forms, and a few of them are looked for"
)]
mod sets;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar of Rust has many forms, and a few of them are looked for"
)]
mod source;
mod subject;

use std::{
    path::{Path, PathBuf},
    thread,
};

use tenancy_core::{
    check::{CHECKS as CORE, CheckDescription, Finding},
    config::{Inspection, StrategyKeys},
};

pub(crate) use run_call::RunCall;
pub(crate) use sets::{Judged, ListFile, Survey, judge as judge_sets};
use source::Sources;
use subject::Subject;
pub(crate) use subject::tenant_column;

/// A check over an application's folder.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) description: CheckDescription,
    /// Looks for what it finds.
    run: fn(&Subject<'_>) -> Vec<Finding>,
}

/// The code for a folder without an application.
pub(crate) const NO_APPLICATION: &str = app::no_application::CHECK.description.code;

/// The checks over code and leftovers, in the order of their codes.
static CHECKS: &[&Check] = &[
    &app::no_application::CHECK,
    &app::unreadable_source::CHECK,
    &app::undetermined_code::CHECK,
    &app::foreign_crate::CHECK,
    &app::foreign_strategy::CHECK,
    &app::unchosen_strategy::CHECK,
    &app::own_connection::CHECK,
    &app::own_migrator::CHECK,
    &app::search_path::CHECK,
    &app::own_routing::CHECK,
    &app::entity_schema::CHECK,
    &app::entity_tenant_column::CHECK,
    &app::registry_entity::CHECK,
    &leftovers::django_tenants::CHECK,
    &leftovers::apartment::CHECK,
];

/// What was looked for in a folder, and what was found.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) findings: Vec<Finding>,
    /// Whether there was an application to look at.
    pub(crate) has_application: bool,
}

/// Trees of expressions are walked by recursion, and a chain of calls is as deep as it is long.
const STACK: usize = 256 * 1024 * 1024;

/// Looks for everything that can be found in an application's folder.
///
/// It does so on a thread of its own, with a stack that no source exhausts, and whose failure is a
/// finding.
pub(crate) fn run(root: &Path, inspection: &Inspection, known: &[StrategyKeys]) -> Looked {
    let looked = on_sources(root, inspection, known, look);
    looked.unwrap_or_else(|| Looked {
        findings: vec![app::undetermined_code::not_looked_at()],
        has_application: true,
    })
}

/// Looks for what a new migration has to fit in with; `None` when the sources cannot be looked at.
pub(crate) fn survey(
    root: &Path,
    inspection: &Inspection,
    known: &[StrategyKeys],
) -> Option<Survey> {
    on_sources(root, inspection, known, sets::survey)
}

/// Looks for the binaries that call `tenancy_cli::run`.
pub(crate) fn run_calls(
    root: &Path,
    inspection: &Inspection,
    known: &[StrategyKeys],
) -> Vec<RunCall> {
    on_sources(root, inspection, known, run_call::find).unwrap_or_default()
}

/// Reads the sources and looks at them, on a thread with a stack that no source exhausts; `None`
/// when that fails all the same.
fn on_sources<T: Send>(
    root: &Path,
    inspection: &Inspection,
    known: &[StrategyKeys],
    look: fn(&Subject<'_>) -> T,
) -> Option<T> {
    let look = || {
        let folders: Vec<PathBuf> =
            sets::configured(inspection).into_iter().map(|(_, folder)| folder.value).collect();
        let sources = Sources::read(root, &folders, &subject::packages(known));
        look(&Subject { sources: &sources, inspection, known })
    };
    thread::scope(|scope| {
        match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, look) {
            Ok(looking) => looking.join().ok(),
            Err(_) => Some(look()),
        }
    })
}

fn look(subject: &Subject<'_>) -> Looked {
    let code = CHECKS.iter().flat_map(|check| (check.run)(subject));
    let findings = code.chain(sets::run(subject)).collect();
    Looked { findings, has_application: subject.sources.has_application() }
}

/// Lists all checks there are, the core's, those of this crate and those of the known strategies, in
/// the order of their codes.
pub(crate) fn all(known: &[StrategyKeys]) -> Vec<&'static CheckDescription> {
    let own = CHECKS.iter().map(|check| &check.description);
    let strategies = known.iter().flat_map(|keys| keys.checks.iter().copied());
    let mut all: Vec<_> = CORE.iter().copied().chain(own).chain(strategies).collect();
    all.sort_by_key(|check| check.code);
    all
}

#[cfg(test)]
mod tests;
