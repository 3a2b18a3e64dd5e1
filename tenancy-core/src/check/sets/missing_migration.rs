//! SET011 `missing-migration`: a list names a migration that is not there.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET011",
    name: "missing-migration",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A line in the list of a set whose migration has no file in its folder.

## Why it is wrong

The set does not compile, or takes the migration from elsewhere, where no check sees it. If it was
deleted, databases that have applied it are ahead of the code.

## How to fix it

Restore the file, or remove the line if the migration is applied nowhere.
",
};

/// Reports a line of a list, which is the source of the migration.
#[must_use]
pub fn finding(migration: &MigrationRef) -> Finding {
    let message = format!("{migration} is listed and has no file in the folder of its set");
    Finding::new(&CHECK, message)
        .at(migration.source.clone())
        .with_hint("restore the file, or remove the line if it is applied nowhere")
}
