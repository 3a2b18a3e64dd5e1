//! SET012 `unreadable-migration`: a file of a set cannot be read.

use super::SetName;
use crate::check::{CheckDescription, CheckKind, Finding, Severity, Source};

/// The check as it is listed and explained.
pub static CHECK: CheckDescription = CheckDescription {
    code: "SET012",
    name: "unreadable-migration",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A file or folder of a set that cannot be opened, is not UTF-8, or is no Rust: half written, or with the
marks of a merge in it.

## Why it is wrong

What it creates is not known, so nothing that compares the migrations with each other is complete.

## How to fix it

Finish or restore the file, or correct `shared` and `tenant` under `[migrate]`.
",
};

/// Reports a file or folder with the reason for which it cannot be read.
#[must_use]
pub fn finding(set: SetName, reason: &str, source: Source) -> Finding {
    Finding::new(&CHECK, format!("the {set} migrations cannot be read: {reason}"))
        .at(source)
        .with_hint("finish or restore the file; until then the migrations are not compared")
}
