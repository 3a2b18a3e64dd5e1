//! CFG005 `unknown-variable`: an environment variable beginning with `TENANCY_` is not known.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::suggest::closest;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG005",
    name: "unknown-variable",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

An environment variable that begins with `TENANCY_` and names no key. `TENANCY_CONFIG`,
`TENANCY_LISTEN`, `TENANCY_LOG`, `TENANCY_TENANT`, `TENANCY_TENANT_ID` and `TENANCY_TEST_*` have other
uses and are left alone, as are `TENANCY_SERVICE_*` and `TENANCY_PORT*`, which Kubernetes sets for a
service named `tenancy`.

## Why it is wrong

A misspelt variable would leave another value in force without a word.

## How to fix it

Use the name that is proposed. Levels are joined by two underscores: `database.url` is
`TENANCY_DATABASE__URL`.
",
};

/// Reports a variable by its name, with the nearest known one.
pub(crate) fn finding(name: &str, known: &[&str]) -> Finding {
    let hint = match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "levels are joined by two underscores, as in `TENANCY_DATABASE__URL`".to_owned(),
    };
    Finding::new(&CHECK, format!("unknown environment variable `{name}`"))
        .at(Source::env(name))
        .with_hint(hint)
}
