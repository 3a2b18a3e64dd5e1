//! APP010 `own-routing`: the code leads requests to tenants by itself.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject, source::Generic};

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
        for map in file.facts.types.iter().filter(|of| is_map_of_connections(of)) {
            findings.push(
                Finding::new(&CHECK.description, "the code keeps a connection for each tenant")
                    .at(file.line(map.line))
                    .with_hint("open `tenancy.connection(&tenant)` where it is needed"),
            );
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

/// What keeps values by a key.
const MAPS: [&str; 6] = ["HashMap", "BTreeMap", "DashMap", "IndexMap", "LruCache", "Cache"];

fn is_map_of_connections(of: &Generic) -> bool {
    let holds_connection = of.inside.iter().any(|name| name == "DatabaseConnection");
    MAPS.contains(&of.name.as_str()) && holds_connection
}
