//! CFG017 `invalid-silence`: a silenced finding has no code or no reason.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG017",
    name: "invalid-silence",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

An entry of `checks.silence` without a `code` like `SET008`, without a `reason`, or with other keys;
and one for a finding of the configuration (`CFG…`).

## Why it is wrong

A finding that is accepted without a reason cannot be told from one that was overlooked. With a wrong
configuration the application does not start, whatever is accepted here.

## How to fix it

Write `silence = [{ code = \"SET008\", reason = \"why it is accepted\" }]` under `[checks]`.
",
};

/// Reports what an entry lacks.
pub(crate) fn finding(index: usize, wrong: &str, source: Source) -> Finding {
    Finding::new(&CHECK, format!("entry {} of `checks.silence` {wrong}", index + 1))
        .at(source)
        .with_hint("write `{ code = \"COR001\", reason = \"why it is accepted\" }`")
}
