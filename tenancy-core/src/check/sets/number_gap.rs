//! SET007 `number-gap`: a number is missing in the order of migrations.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET007",
    name: "number-gap",
    severity: Severity::Warning,
    kind: CheckKind::Static,
    explain: "\
## What it finds

Migrations that are numbered one by one (`m0001_…`, `m0002_…`), and a number in between that neither
set has. Time stamps have no gaps.

## Why it is wrong

A migration that was deleted may be applied somewhere, or another branch has it and will be merged: it
would then run behind later ones.

## How to fix it

Restore the migration, or give the later ones the numbers that follow, as long as they are applied
nowhere.
",
};

/// Reports the numbers that are missing between two migrations.
#[must_use]
pub fn finding(missing: &str, before: &MigrationRef, after: &MigrationRef) -> Finding {
    let message = format!(
        "no migration has the number {missing}, between `{}` and `{}`",
        before.name, after.name
    );
    Finding::new(&CHECK, message)
        .at(after.source.clone())
        .with_related(before.source.clone())
        .with_hint("restore the migration, or number the later ones on if they are applied nowhere")
}
