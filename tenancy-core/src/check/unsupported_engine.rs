//! CFG016 `unsupported-engine`: the engine is not yet supported.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG016",
    name: "unsupported-engine",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

`engine = \"citus\"`.

## Why it is wrong

A distributed engine needs its own layout of keys and references, which this version does not make.

## How to fix it

Remove `engine`. A plain PostgreSQL server needs no setting.
",
};

/// Reports an engine of a later release.
pub(crate) fn finding(engine: &str, source: Source) -> Finding {
    Finding::new(&CHECK, format!("the engine `{engine}` is not yet supported"))
        .at(source)
        .with_hint("remove `engine`: a plain server needs no setting")
}
