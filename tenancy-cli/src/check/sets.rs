//! Checks of the two sets of migrations: `SET001` and on.
//!
//! Sources are read into `Migration`s, as far as they show what is done, and so are migrations that
//! were written down (`recorded`). Both are judged by the same functions (`order`, `tables`), and
//! reported in the words of [`tenancy_core::check::sets`].

mod folder;
mod list;
mod migration;
mod number;
mod order;
mod reason;
mod recorded;
mod sql;
mod steps;
mod survey;
mod tables;

use tenancy_core::check::{
    Finding,
    sets::{undetermined_migration, unreadable_migration},
};

use super::Subject;
pub(super) use folder::{Folder, configured, folders};
use migration::{Migration, StepKind};
pub(crate) use recorded::{Judged, judge};
pub(super) use survey::survey;
pub(crate) use survey::{ListFile, Survey};

/// Looks for everything that the sources of the migrations show.
pub(super) fn run(subject: &Subject<'_>) -> Vec<Finding> {
    let folders = folders(subject);
    let migrations = migration::read(subject, &folders);
    let mut findings = unreadable(subject, &folders);
    findings.extend(order::find(subject, &folders, &migrations));
    findings.extend(tables::find(&subject.tenant_column().value, &migrations));
    findings.extend(undetermined(&migrations));
    findings
}

fn unreadable(subject: &Subject<'_>, folders: &[Folder]) -> Vec<Finding> {
    let files = subject.sources.unreadable.iter().filter_map(|file| {
        let folder = folders.iter().find(|folder| folder.holds(&file.path))?;
        Some(unreadable_migration::finding(folder.set, &file.reason, file.source()))
    });
    let missing = folders.iter().filter(|folder| folder.is_missing(subject));
    let missing = missing.map(|folder| {
        let reason = format!("there is no folder `{}`", folder.path.display());
        unreadable_migration::finding(folder.set, &reason, folder.source.clone())
    });
    files.chain(missing).collect()
}

fn undetermined(migrations: &[Migration<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for migration in migrations {
        for step in &migration.steps {
            if let StepKind::Unknown(reason) = &step.kind {
                findings.push(undetermined_migration::finding(&migration.at(step.line), reason));
            }
        }
    }
    findings
}
