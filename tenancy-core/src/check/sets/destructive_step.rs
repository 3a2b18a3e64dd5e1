//! SET008 `destructive-step`: a step destroys data and does not say why.

use super::{MigrationRef, SetName};
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

State the reason. In a tenant migration it is a part of the step, so that the project's own command
sees it too:

    schema
        .because(\"`note.colour` is not read since 1.4, see the export of May\")
        .drop_column(Note::Table, Note::Colour);

In a shared migration it is a comment directly above the step, or in the one at the top of the file,
which begins with `destructive:`. In a tenant migration a comment satisfies only `tenancy check`, which
reads sources.
",
};

/// Reports what a step drops, such as ``the table `note` ``.
#[must_use]
pub fn finding(migration: &MigrationRef, what: &str) -> Finding {
    Finding::new(&CHECK, format!("{migration} drops {what} and does not say why"))
        .at(migration.source.clone())
        .with_hint(match migration.set {
            SetName::Tenant => "state the reason: `schema.because(\"why nothing is lost\")`",
            SetName::Shared => {
                "state the reason above the step: `// destructive: why nothing is lost`"
            }
        })
}
