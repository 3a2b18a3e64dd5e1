//! SET004 `framework-table`: a migration creates a table of the framework.

use super::{MigrationRef, by};
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET004",
    name: "framework-table",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A migration of the application that creates a table whose name begins with `tenants_`, or the ledger
`seaql_migrations`.

## Why it is wrong

These tables are created by one migration set, the registry's, whatever the strategy. A second
definition has other columns, and whichever came first is what the other half of the program finds.

## How to fix it

Remove the creation. Tenants, domains, members and invitations are read and changed through `Registry`
and the commands `tenancy tenant` and `tenancy domain`. A table that only happens to be called so needs
another name.
",
};

/// Says whether a table is the framework's own, or has a name that is kept for it.
#[must_use]
pub fn is_one(table: &str) -> bool {
    let folded = table.to_lowercase();
    folded.starts_with("tenants_") || crate::registry::schema::TABLES.contains(&folded.as_str())
}

/// Reports a table of the framework with the migrations that create it; `None` without any.
#[must_use]
pub fn finding(table: &str, owners: &[MigrationRef]) -> Option<Finding> {
    let (first, others) = owners.split_first()?;
    let message = format!("the table `{table}` is the framework's, and is created {}", by(owners));
    let mut finding = Finding::new(&CHECK, message)
        .at(first.source.clone())
        .with_hint("remove the creation: the registry makes its tables itself, under any strategy");
    finding.related.extend(others.iter().map(|other| other.source.clone()));
    Some(finding)
}
