//! SET002 `duplicate-number`: two migrations have the same number or time stamp.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET002",
    name: "duplicate-number",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

Two migrations with different names that begin with the same number or time stamp: two `m0004_…`, two
`m20260101_000001_…`. In one set it is an error, across the two sets a warning.

## Why it is wrong

The number is the order. Two of the same come from two branches that did not know of each other; which
one runs first is then decided by the rest of the name, and differs from where either was tested.

## How to fix it

Give the one that is applied nowhere yet the next free number: its file, its `MigrationName`, and its
line in the list. Then look whether the two do the same thing twice.
",
};

/// Reports the migrations that share a number; `None` when there are fewer than two.
#[must_use]
pub fn finding(number: &str, migrations: &[MigrationRef]) -> Option<Finding> {
    let [_, .., last] = migrations else { return None };
    let others = &migrations[..migrations.len() - 1];
    let names: Vec<String> = others.iter().map(|other| format!("`{}`", other.name)).collect();
    let message =
        format!("{} and `{}` have the same number `{number}`", names.join(", "), last.name);
    let mut finding = Finding::new(&CHECK, message)
        .at(last.source.clone())
        .with_hint("give the one that is applied nowhere yet the next free number");
    if others.iter().all(|other| other.set != last.set) {
        finding.severity = Severity::Warning;
    }
    finding.related.extend(others.iter().map(|other| other.source.clone()));
    Some(finding)
}
