//! APP012 `entity-tenant-column`: an entity names the tenant column.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity, sets};

use crate::check::{Check, Subject, app::entity::entities};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP012",
        name: "entity-tenant-column",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

An entity with a field for the tenant column: `tenant_id`, or what `tenant_column` says.

## Why it is wrong

The column is the strategy's: it is filled and compared by scoping, and is not there at all where tenants
have tables of their own. A statement that names it is refused under every strategy.

## How to fix it

Remove the field, and the conditions that compare it. What belongs to no tenant and counts tenants needs
another name for the column.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let column = subject.tenant_column();
    let mut findings = Vec::new();
    // An entity of the registry's tables has to go altogether: see APP013.
    let entities = entities(subject).into_iter();
    for entity in entities.filter(|entity| !sets::framework_table::is_one(&entity.table)) {
        for (_, span) in entity.columns.iter().filter(|(name, _)| *name == column.value) {
            let message = format!(
                "the entity of `{}` names the tenant column `{}`",
                entity.table, column.value
            );
            findings.push(
                Finding::new(&CHECK.description, message)
                    .at(entity.file.at(*span))
                    .with_hint("remove the field: the strategy fills and compares the column"),
            );
        }
    }
    findings
}
