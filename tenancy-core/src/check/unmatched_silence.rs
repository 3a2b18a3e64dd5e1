//! CFG019 `unmatched-silence`: a silenced code has no finding.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::suggest::closest;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG019",
    name: "unmatched-silence",
    severity: Severity::Warning,
    kind: CheckKind::Static,
    explain: "\
## What it finds

An entry of `checks.silence` whose check has run and found nothing, or whose code no check has.

## Why it is wrong

What was accepted is not there any more. The entry stays behind, and accepts the next finding of its
kind without anybody having looked at it.

## How to fix it

Remove the entry, or correct its code.
",
};

/// Reports a silence whose check found nothing.
pub(crate) fn nothing_found(code: &str, source: Source) -> Finding {
    Finding::new(&CHECK, format!("`{code}` is silenced, and there is no finding of it"))
        .at(source)
        .with_hint("remove the entry: what it accepted is not there any more")
}

/// Reports a silence of a code that no check has.
pub(crate) fn unknown(code: &str, known: &[&str], source: Source) -> Finding {
    let hint = match closest(code, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? `tenancy explain` lists all codes"),
        None => "`tenancy explain` lists all codes".to_owned(),
    };
    Finding::new(&CHECK, format!("`{code}` is silenced, and no check has this code"))
        .at(source)
        .with_hint(hint)
}
