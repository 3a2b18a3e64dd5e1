//! SET001 `duplicate-migration`: two migrations have the same name.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET001",
    name: "duplicate-migration",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

Two migrations of one name, in one set or across the two.

## Why it is wrong

A ledger knows a migration by its name. The second of the two counts as applied as soon as the first
one is, and never runs.

## How to fix it

Rename the one that is applied nowhere yet: its file, its `MigrationName`, and its line in the list.
",
};

/// Reports the migrations that share a name; `None` when there are fewer than two.
#[must_use]
pub fn finding(migrations: &[MigrationRef]) -> Option<Finding> {
    let [first, .., last] = migrations else { return None };
    let mut finding = Finding::new(&CHECK, format!("two migrations are named `{}`", first.name))
        .at(last.source.clone())
        .with_hint("rename the one that is applied nowhere yet");
    let others = &migrations[..migrations.len() - 1];
    finding.related.extend(others.iter().map(|other| other.source.clone()));
    Some(finding)
}
