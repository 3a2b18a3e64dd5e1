//! Checks of the migrations' sources: `SET001` and on, as far as sources show it.
//!
//! The checks themselves are the core's ([`tenancy_core::check::sets`]), because the migrations that
//! are written down are judged by the same ones. Here is how the sources are read.

mod folder;
mod list;
mod migration;
mod number;
mod order;
mod reason;
mod sql;
mod steps;
mod tables;

use tenancy_core::check::{
    Finding,
    sets::{undetermined_migration, unreadable_migration},
};

use super::Subject;
pub(super) use folder::{Folder, configured, folders};
use migration::{Migration, StepKind};

/// Looks for everything that the sources of the migrations show.
pub(super) fn run(subject: &Subject<'_>) -> Vec<Finding> {
    let folders = folders(subject);
    let migrations = migration::read(subject, &folders);
    let mut findings = unreadable(subject, &folders);
    findings.extend(order::find(subject, &folders, &migrations));
    findings.extend(tables::find(subject, &migrations));
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
