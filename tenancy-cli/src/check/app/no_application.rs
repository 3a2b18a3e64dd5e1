//! APP001 `no-application`: there is no application to look at.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP001",
        name: "no-application",
        severity: Severity::Warning,
        kind: CheckKind::Static,
        explain: "\
## What it finds

A folder without a `Cargo.toml`.

## Why it is wrong

It need not be wrong: where an application is deployed there are no sources. But then nothing was
looked at beside the configuration, and a clean result says nothing about code and migrations.

## How to fix it

Run `tenancy check` in the folder of the application, or silence this code where there are no sources.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.sources.has_application() {
        return Vec::new();
    }
    let message = "there is no `Cargo.toml` here: code and migrations were not looked at";
    let hint =
        "run it in the application's folder, or silence this code where there are no sources";
    vec![Finding::new(&CHECK.description, message).with_hint(hint)]
}
