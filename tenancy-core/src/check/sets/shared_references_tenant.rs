//! SET009 `shared-references-tenant`: a shared migration refers to a tenant table.

use super::MigrationRef;
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET009",
    name: "shared-references-tenant",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A shared migration whose foreign key, column or index is of a table that the tenant set creates.

## Why it is wrong

Shared migrations run once, before any tenant has a table. Under a schema for each tenant there is no
one table to refer to; in shared tables the reference would cross from data of no tenant into one
tenant's rows.

## How to fix it

Move the table that refers to the tenant set, or the table that is referred to to the shared set. A
tenant table may refer to a shared one.
",
};

/// Reports a shared migration that names a table of the tenant set.
#[must_use]
pub fn finding(shared: &MigrationRef, table: &str, owner: &MigrationRef) -> Finding {
    Finding::new(&CHECK, format!("{shared} refers to `{table}`, which {owner} creates"))
        .at(shared.source.clone())
        .with_related(owner.source.clone())
        .with_hint("move both to one set, or turn the reference round")
}
