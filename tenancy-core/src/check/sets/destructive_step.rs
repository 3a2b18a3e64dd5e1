//! SET008 `destructive-step`: a step destroys data and does not say why.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET008",
    name: "destructive-step",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A step of `up` that drops a table or a column, without a reason. Steps of `down` are not looked at.

## Why it is wrong

What is dropped is gone for every tenant at once, and older processes that still run fail on it. Such a
step should be a decision, and one that a reviewer can judge.

## How to fix it

State the reason in a comment directly above the step, or in the one at the top of the file:

    // destructive: `note.colour` is not read since 1.4, see the export of May
    schema.drop_column(Note::Table, Note::Colour);
",
};

/// Reports what a step drops, such as ``the table `note` ``.
#[must_use]
pub fn finding(migration: &MigrationRef, what: &str) -> Finding {
    Finding::new(&CHECK, format!("{migration} drops {what} and does not say why"))
        .at(migration.source.clone())
        .with_hint("state the reason above the step: `// destructive: why nothing is lost`")
}
