//! SET005 `hollow-merge`: a merge of migrations mends nothing.

use super::{MigrationRef, by};
use crate::check::{CheckDescription, CheckKind, Finding, Severity};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET005",
    name: "hollow-merge",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A migration with the word `merge` in its name that changes nothing, or behind which a table is still
created more than once.

## Why it is wrong

There is no graph of migrations to be joined here: each set is a list. A merge makes the history look
whole, while what collided (two creations of one table) still runs before it, and fails.

## How to fix it

Remove the merge, and mend what it was to join where it stands: give the second migration a number of
its own, and remove its second creation.
",
};

/// Reports a merge that changes nothing.
#[must_use]
pub fn empty(merge: &MigrationRef) -> Finding {
    Finding::new(&CHECK, format!("{merge} is a merge and changes nothing"))
        .at(merge.source.clone())
        .with_hint("remove it: a set is a list, and has no branches to be joined")
}

/// Reports a merge behind which a table is still created more than once.
#[must_use]
pub fn finding(merge: &MigrationRef, table: &str, owners: &[MigrationRef]) -> Finding {
    let message = format!("{merge} mends nothing: `{table}` is still created {}", by(owners));
    let mut finding = Finding::new(&CHECK, message)
        .at(merge.source.clone())
        .with_hint("remove the merge, and the second creation where it stands");
    finding.related.extend(owners.iter().map(|owner| owner.source.clone()));
    finding
}
