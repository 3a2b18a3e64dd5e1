//! DBS004 `other-marker`: the database was initialised by another strategy or a newer release.

use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Error,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS004",
    name: "other-marker",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A marker row, in the table `tenants_marker`, that names another strategy than the application runs, or
a version of the registry's tables that this release does not know.

## Why it is wrong

The tables of tenants were laid out for the other strategy. Read by the rules of this one they would hold
nothing, or the rows of all tenants. The application does not start on such a database.

## How to fix it

Run the strategy of the database, or give this application a database of its own. A newer version wants
the newer release.
",
};

/// Reports a marker row that refuses the application; `None` for an error that is something else.
pub(crate) fn finding(error: &Error) -> Option<Finding> {
    if !matches!(error, Error::OtherStrategy { .. } | Error::NewerRegistry { .. }) {
        return None;
    }
    let finding = Finding::new(&CHECK, error.to_string()).at(Source::table("tenants_marker"));
    Some(match error.hint() {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    })
}
