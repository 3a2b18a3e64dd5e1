//! CFG015 `impossible-value`: a value is outside of what its key allows.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::suggest::closest;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG015",
    name: "impossible-value",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A value of the right type that cannot work: zero connections, a word that is not a choice, a tenant
column that is no plain identifier.

## Why it is wrong

It would fail later, in a place that no longer knows where it came from.

## How to fix it

Choose a value that the finding allows.
",
};

/// Reports what a value must be.
pub(crate) fn finding(path: &str, must: &str, source: Source) -> Finding {
    Finding::new(&CHECK, format!("`{path}` must be {must}")).at(source)
}

/// Reports a word that is none of the choices, with the nearest one.
pub(crate) fn choice(path: &str, given: &str, choices: &[&str], source: Source) -> Finding {
    let mut finding = finding(path, &format!("one of `{}`", choices.join("`, `")), source);
    finding.hint =
        closest(given, choices.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    finding
}
