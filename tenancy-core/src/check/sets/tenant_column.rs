//! SET014 `tenant-column`: a migration writes the tenant column by hand.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET014",
    name: "tenant-column",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A tenant migration that creates a column with the name of the tenant column (`tenant_id`, or what
`tenant_column` says).

## Why it is wrong

The strategy lays the tables out: it adds the column where it keeps tenants by one, and leaves it out
where it does not. A column written by hand is a second one, or the only one that nobody fills.

## How to fix it

Remove the column, with its indexes and foreign keys, from the migration.
",
};

/// Reports a column of a table that is the strategy's to add.
#[must_use]
pub fn finding(migration: &MigrationRef, table: &str, column: &str) -> Finding {
    let message = format!("{migration} gives `{table}` the tenant column `{column}` by hand");
    Finding::new(&CHECK, message)
        .at(migration.source.clone())
        .with_hint("remove the column: the strategy adds it where it is needed")
}
