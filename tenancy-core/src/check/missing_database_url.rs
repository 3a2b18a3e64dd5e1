//! CFG012 `missing-database-url`: no database is configured.

use super::{CheckDescription, CheckKind, Finding, Severity};
use crate::config::view::View;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG012",
    name: "missing-database-url",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A configuration in which `database.url` is set nowhere.

## Why it is wrong

The registry of tenants lives in a database under every strategy.

## How to fix it

Set `DATABASE_URL` or `TENANCY_DATABASE__URL`, or write `url` under `[database]`.
",
};

/// Looks for `database.url` in every layer.
pub(crate) fn find(view: &View<'_>) -> Option<Finding> {
    view.said("database.url").next().is_none().then(|| {
        Finding::new(&CHECK, "no database is configured")
            .with_hint("set `DATABASE_URL`, or write `url` under `[database]` in `tenancy.toml`")
    })
}
