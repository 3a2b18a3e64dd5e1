//! CFG014 `conflicting-database-urls`: two variables name different databases.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::layer::Entry;
use crate::config::view::View;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG014",
    name: "conflicting-database-urls",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

`DATABASE_URL` and `TENANCY_DATABASE__URL` both set, with different values.

## Why it is wrong

One of them is ignored, and other programs that read the same environment use that very one.

## How to fix it

Unset one of them, or give both the same value.
",
};

/// Compares the variables that set `database.url`.
pub(crate) fn find(view: &View<'_>) -> Option<Finding> {
    let from_environment = |entry: &&Entry| matches!(entry.source, Source::Env(_));
    let entries: Vec<_> = view.said("database.url").filter(from_environment).collect();
    let [first, second] = entries.as_slice() else { return None };
    (first.value.as_str() != second.value.as_str()).then(|| {
        Finding::new(&CHECK, "two environment variables name different databases")
            .at(second.source.clone())
            .with_related(first.source.clone())
            .with_hint("unset one of them, or give both the same value")
    })
}
