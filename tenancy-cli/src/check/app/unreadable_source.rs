//! APP002 `unreadable-source`: a source cannot be read.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject, sets};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP002",
        name: "unreadable-source",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

A manifest or a source file of the application that cannot be opened, is not UTF-8, or does not parse:
half written, or with the marks of a merge in it.

## Why it is wrong

What it says was not looked at. A clean result without it would be a guess.

## How to fix it

Finish or restore the file.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let folders = sets::folders(subject);
    let all = subject.sources.unreadable.iter();
    let others = all.filter(|file| !folders.iter().any(|folder| folder.holds(&file.path)));
    others
        .map(|file| {
            Finding::new(&CHECK.description, format!("a source cannot be read: {}", file.reason))
                .at(file.source())
                .with_hint("finish or restore the file; until then it is not looked at")
        })
        .collect()
}
