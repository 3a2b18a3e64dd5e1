//! CFG006 `wrong-type`: a value has the wrong type.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG006",
    name: "wrong-type",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A value of another type than its key takes: a text for a number, a single text for a list.

## Why it is wrong

It cannot be used, and guessing at it is how settings get lost.

## How to fix it

Write the value in the type that the finding names.
",
};

/// Reports the type that is expected and, from a file, the one that was found.
pub(crate) fn finding(path: &str, expected: &str, found: Option<&str>, source: Source) -> Finding {
    let found = found.map(|found| format!(", not {found}")).unwrap_or_default();
    Finding::new(&CHECK, format!("`{path}` must be {expected}{found}")).at(source)
}
