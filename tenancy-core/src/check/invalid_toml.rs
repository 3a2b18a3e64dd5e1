//! CFG002 `invalid-toml`: the configuration file is not TOML.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG002",
    name: "invalid-toml",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A line of the configuration file that the TOML grammar does not allow.

## Why it is wrong

Nothing in the file can be trusted when its structure is unclear.

## How to fix it

Correct the line. Texts stand in quotes: `strategy = \"shared-schema\"`. The line itself is not
shown, because it may hold a password.
",
};

/// Reports a line with the parser's description, which quotes nothing of the file.
pub(crate) fn finding(source: Source, description: &str) -> Finding {
    Finding::new(&CHECK, format!("the file is not valid TOML: {description}"))
        .at(source)
        .with_hint("correct the line; texts stand in quotes")
}
