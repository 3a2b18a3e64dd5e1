//! CFG018 `mixed-databases`: the addresses lead to databases of different kinds.

use super::{CheckDescription, CheckKind, Finding, Severity};
use crate::config::Database;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG018",
    name: "mixed-databases",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A `direct_url` or `central_url` with another kind of database than `url`.

## Why it is wrong

All three lead to one database, by different roles or around a pooler.

## How to fix it

Correct the address that is wrong.
",
};

/// Compares the kind of each address with that of `url`.
pub(crate) fn find(database: &Database) -> Vec<Finding> {
    let url = database.url();
    let others = [("direct_url", database.direct_url()), ("central_url", database.central_url())];
    others
        .into_iter()
        .filter(|(_, other)| other.value.backend() != url.value.backend())
        .map(|(name, other)| {
            let message = format!("`database.{name}` is not of the same kind as `database.url`");
            Finding::new(&CHECK, message)
                .at(other.source.clone())
                .with_related(url.source.clone())
                .with_hint("all addresses lead to one database: correct the one that is wrong")
        })
        .collect()
}
