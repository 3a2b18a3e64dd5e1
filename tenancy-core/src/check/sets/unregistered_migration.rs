//! SET010 `unregistered-migration`: a migration is in no list.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET010",
    name: "unregistered-migration",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A file in the folder of a set that its list does not name.

## Why it is wrong

It never runs, and whoever reads the folder believes that it did.

## How to fix it

Add it to the list of its set, in its place, or delete the file.
",
};

/// Reports a migration whose file is there and whose line in the list is not.
#[must_use]
pub fn finding(migration: &MigrationRef, list: &crate::check::Source) -> Finding {
    Finding::new(&CHECK, format!("{migration} is not in the list of its set, and never runs"))
        .at(migration.source.clone())
        .with_related(list.clone())
        .with_hint("add it to the list, or delete the file")
}
