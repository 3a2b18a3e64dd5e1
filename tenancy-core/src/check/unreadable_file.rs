//! CFG001 `unreadable-file`: the configuration file cannot be read.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG001",
    name: "unreadable-file",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A configuration file that was named but cannot be opened or is not UTF-8, a variable that is not
UTF-8, or an application's own configuration that fails to load.

## Why it is wrong

Going on without it would run with defaults that nobody chose.

## How to fix it

Correct the path (`TENANCY_CONFIG`, a flag) or the file's permissions, and save it as UTF-8.
",
};

/// Reports a file by the kind of failure, never by its content.
pub(crate) fn file(source: Source, named_by: Option<&Source>, reason: &str) -> Finding {
    let mut finding =
        Finding::new(&CHECK, format!("the configuration file cannot be read: {reason}"))
            .at(source)
            .with_hint("correct the path or the permissions of the file");
    finding.related.extend(named_by.cloned());
    finding
}

/// Reports a variable whose value is not text.
pub(crate) fn variable(name: &str) -> Finding {
    Finding::new(&CHECK, format!("the value of `{name}` is not UTF-8"))
        .at(Source::env(name))
        .with_hint("set it to text in UTF-8")
}

/// Reports that the application's own configuration failed to load; its error may hold secrets.
pub(crate) fn application(key: &str, source: Option<Source>) -> Finding {
    let message = format!("the application's configuration cannot be read for `{key}`");
    let hint = "extract the application's own configuration first: its error says more";
    let mut finding = Finding::new(&CHECK, message).with_hint(hint);
    finding.source = source;
    finding
}
