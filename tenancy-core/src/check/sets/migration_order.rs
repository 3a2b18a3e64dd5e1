//! SET006 `migration-order`: a set is not listed in the order of its names.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET006",
    name: "migration-order",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A migration that stands in the list of its set behind one with a later name.

## Why it is wrong

Migrations run in the order of the list, and their names claim another one. A database that was
migrated step by step then differs from one that was migrated from empty.

## How to fix it

Move the line to its place, if the migration is applied nowhere yet; else give it a later number.
",
};

/// Reports a migration that stands behind one with a later name.
#[must_use]
pub fn finding(migration: &MigrationRef, after: &MigrationRef) -> Finding {
    let message = format!("{migration} stands behind `{}`", after.name);
    Finding::new(&CHECK, message)
        .at(migration.source.clone())
        .with_related(after.source.clone())
        .with_hint("list the migrations of a set in the order of their names")
}
