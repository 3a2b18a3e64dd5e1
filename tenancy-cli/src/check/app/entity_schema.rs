//! APP011 `entity-schema`: an entity names a schema.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject, app::entity::entities};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP011",
        name: "entity-schema",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

An entity with `schema_name`, and, as a warning, one with a column `schema_name`, by which other
frameworks keep the schema of a tenant.

## Why it is wrong

Where a tenant's tables lie is decided by the strategy for each statement. A schema in the entity is one
for all tenants: every one of them reads the same table, or the statement is refused.

## How to fix it

Remove `schema_name` from the entity. A column of that name belongs to a registry made by hand: see
`Registry` for the one that is there.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entity in entities(subject) {
        if let Some(span) = entity.schema {
            let message = format!("the entity of `{}` names a schema", entity.table);
            findings.push(
                Finding::new(&CHECK.description, message)
                    .at(entity.file.at(span))
                    .with_hint("remove `schema_name`: the strategy decides where the table lies"),
            );
        }
        for (_, span) in entity.columns.iter().filter(|(column, _)| column == "schema_name") {
            let message = format!("the entity of `{}` keeps the schema of something", entity.table);
            let mut finding = Finding::new(&CHECK.description, message)
                .at(entity.file.at(*span))
                .with_hint("the registry keeps where tenants lie: remove the column");
            finding.severity = Severity::Warning;
            findings.push(finding);
        }
    }
    findings
}
