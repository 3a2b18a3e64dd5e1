//! APP010 `own-routing`: the code leads requests to tenants by itself.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP010",
        name: "own-routing",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

A map from tenants to `DatabaseConnection`s, which is a database or schema for each tenant made by hand;
and, as a warning, a task-local or thread-local that holds the current tenant. A middleware that does the
same in other words is not recognised.

## Why it is wrong

Two ways to a tenant are one too many: what one of them refuses, suspends or renames, the other one does
not know of. A tenant that is kept in the task is lost by `spawn`, and found again by whoever forgot to
set one.

## How to fix it

Resolve the tenant by a `Resolver`, open `tenancy.connection(&tenant)`, and pass that value on.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &subject.sources.files {
        let mut last = None;
        for (names, line) in &file.facts.types {
            // The parts of a type are types too, and `last` skips them.
            if is_map_of_connections(names) && last != Some(line) {
                findings.push(
                    Finding::new(&CHECK.description, "the code keeps a connection for each tenant")
                        .at(file.line(*line))
                        .with_hint("open `tenancy.connection(&tenant)` where it is needed"),
                );
                last = Some(line);
            }
        }
        for closed in &file.facts.closed {
            let is_local = matches!(closed.name.as_str(), "task_local" | "thread_local");
            if is_local && closed.words.to_lowercase().contains("tenant") {
                let message = format!("`{}!` keeps a tenant beside the code", closed.name);
                let mut finding = Finding::new(&CHECK.description, message)
                    .at(file.line(closed.line))
                    .with_hint("pass the `TenantConnection` on instead");
                finding.severity = Severity::Warning;
                findings.push(finding);
            }
        }
    }
    findings
}

fn is_map_of_connections(names: &[String]) -> bool {
    let has = |end: &str| names.iter().any(|name| name.ends_with(end));
    has("Map") && has("DatabaseConnection")
}
