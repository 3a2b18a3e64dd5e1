//! SET003 `duplicate-table`: one table is created more than once.

use super::{MigrationRef, by, framework_table};
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET003",
    name: "duplicate-table",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A table that more than one migration creates, in one set or across the two, and that is not dropped or
renamed in between. All owners are named. `IF NOT EXISTS` does not excuse it.

## Why it is wrong

A table has one owner. On an empty database the second creation fails, or is skipped and leaves the
table of the first, with other columns than the code of the second expects. Across the two sets it is
worse: one table of all tenants and one of each carry the same name.

This is the accident that the framework grew from.

## How to fix it

Decide which migration owns the table, and remove the creation from the other ones: where it is
applied nowhere, delete it; where it is applied, turn it into the changes that lead from the one
table to the other.
",
};

/// Reports the migrations that create one table; `None` when there are fewer than two.
#[must_use]
pub fn finding(table: &str, owners: &[MigrationRef]) -> Option<Finding> {
    let [first, .., last] = owners else { return None };
    let hint = if framework_table::is_one(table) {
        "remove all of them: the framework creates this table itself"
    } else if owners.iter().any(|owner| owner.set != first.set) {
        "a table is shared or a tenant's: keep the creation in one set, and remove the other"
    } else {
        "keep the creation in the migration that owns the table, and remove the other"
    };
    let message = format!("the table `{table}` is created {}", by(owners));
    let mut finding = Finding::new(&CHECK, message).at(last.source.clone()).with_hint(hint);
    let others = &owners[..owners.len() - 1];
    finding.related.extend(others.iter().map(|other| other.source.clone()));
    Some(finding)
}
