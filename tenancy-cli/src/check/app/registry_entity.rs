//! APP013 `registry-entity`: an entity is of a table of the framework.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity, sets};

use crate::check::{Check, Subject, app::entity::entities};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP013",
        name: "registry-entity",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

An entity whose table begins with `tenants_`.

## Why it is wrong

The registry's tables change with the framework, are cached, and are written under rules: a domain leads
to one tenant, a physical name is never used again. An entity reads and writes past all of them. Through
a tenant's connection these tables are not reachable at all.

## How to fix it

Remove the entity, and use `tenancy.registry()`. A table that only happens to be called so needs another
name.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let entities = entities(subject);
    let own = entities.iter().filter(|entity| sets::framework_table::is_one(&entity.table));
    own.map(|entity| {
        let message = format!("the entity of `{}` reads past the registry", entity.table);
        Finding::new(&CHECK.description, message)
            .at(entity.file.at(entity.span))
            .with_hint("use `tenancy.registry()`, and remove the entity")
    })
    .collect()
}
