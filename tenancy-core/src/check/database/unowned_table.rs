//! DBS002 `unowned-table`: a table that nobody owns.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{
    DatabaseCheck, DatabaseSubject, Owner, RelationKind, foreign_registry_table,
    framework_leftover, places, table_on_both_sides,
};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Result,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS002",
    name: "unowned-table",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A table or view in the shared schema, or in the place of a tenant, that is neither the framework's, nor
made by a shared migration, nor by a tenant migration. With `--deny-unclassified` it is an error.
Tables of extensions, and those in schemas of their own, are not looked at.

## Why it is wrong

Nobody can say whose rows such a table holds. A tenant's connection refuses it, because it is not known;
whatever reaches it in another way, as a connection of the application's own or a central one, reads and
writes it for all tenants.

## How to fix it

Make it by a migration: by a shared one if its rows are for everybody, by a tenant migration if they are
a tenant's. What is left over is dropped, or moved out of the way: `ALTER TABLE … SET SCHEMA …`. A table
that has to stay as it is belongs into a schema of its own.
",
};

#[derive(Debug)]
pub(super) struct UnownedTable;

#[async_trait]
impl DatabaseCheck for UnownedTable {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut found: BTreeMap<(&str, RelationKind, bool), Vec<&str>> = BTreeMap::new();
        let shared = subject.dialect().shared_schema();
        for relation in subject.relations().filter(|relation| relation.owner == Owner::Nobody) {
            // Each is reported once, by the check that can say most of it.
            let is_told = framework_leftover::is_one(subject, relation)
                || foreign_registry_table::is_one(subject, relation)
                || table_on_both_sides::is_one(subject, relation);
            if !is_told {
                let is_shared = relation.schema == shared.as_str();
                let key = (relation.name.as_str(), relation.kind, is_shared);
                found.entry(key).or_default().push(&relation.schema);
            }
        }
        Ok(found.iter().map(|((name, kind, _), schemas)| finding(name, *kind, schemas)).collect())
    }
}

fn finding(name: &str, kind: RelationKind, schemas: &[&str]) -> Finding {
    let message =
        format!("the {} `{name}` in {} belongs to nobody", kind.as_str(), places(schemas));
    Finding::new(&CHECK, message).at(Source::table(name)).with_hint(
        "make it by a migration, drop it, or move it into a schema of its own: what its rows are is \
         known to nobody",
    )
}
