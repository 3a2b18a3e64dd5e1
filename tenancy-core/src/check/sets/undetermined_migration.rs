//! SET013 `undetermined-migration`: what a migration does cannot be told from its source.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET013",
    name: "undetermined-migration",
    severity: Severity::Warning,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A step whose table cannot be told from the source alone: a name that is computed, a helper of another
crate, SQL as text that is no plain statement.

## Why it is wrong

It need not be wrong. But a second creation of the table would not be seen here, and this page would
otherwise read as if it had been looked for.

## How to fix it

Name the table in the step, or run `check` of the project's own command, which writes the migrations
down and knows exactly what they do; then silence this code with that reason.
",
};

/// Reports a step with the reason for which it cannot be told what it does.
#[must_use]
pub fn finding(migration: &MigrationRef, reason: &str) -> Finding {
    Finding::new(&CHECK, format!("cannot tell what {migration} does, because {reason}"))
        .at(migration.source.clone())
        .with_hint("name the table in the step, or run `check` of the project's own command")
}
