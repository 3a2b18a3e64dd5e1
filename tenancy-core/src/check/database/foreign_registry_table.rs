//! DBS010 `foreign-registry-table`: a table by a name of the framework's that it has not made.

use async_trait::async_trait;

use super::{DatabaseCheck, DatabaseSubject, Owner, Relation, framework_leftover};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source, sets::framework_table},
    error::Result,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS010",
    name: "foreign-registry-table",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A table whose name begins with `tenants_` that the framework has not made: in a database that has no
registry, or one that the registry does not have.

## Why it is wrong

The registry creates its tables itself, and finds the name taken: it cannot be made. Whoever made the
table meant something else by it, with other columns.

## How to fix it

Move it out of the way, `ALTER TABLE … SET SCHEMA …`, migrate, and bring its rows into the registry: with
`tenancy tenant create`, `tenancy domain add`, or through `Registry`. Then drop it.
",
};

#[derive(Debug)]
pub(super) struct ForeignRegistryTable;

/// Whether a table has a name of the framework's, and is not the framework's.
pub(super) fn is_one(subject: &DatabaseSubject<'_>, relation: &Relation) -> bool {
    let lies_shared = relation.schema == subject.dialect().shared_schema().as_str();
    if !lies_shared
        || !framework_table::is_one(&relation.name)
        || relation.name == "seaql_migrations"
        || framework_leftover::is_one(subject, relation)
    {
        return false;
    }
    match relation.owner {
        Owner::Nobody => true,
        Owner::Framework => !subject.is_initialised,
        Owner::Shared | Owner::Tenant | Owner::Extension | Owner::Elsewhere => false,
    }
}

#[async_trait]
impl DatabaseCheck for ForeignRegistryTable {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let found = subject.relations().filter(|relation| is_one(subject, relation));
        let finding = |relation: &Relation| {
            let name = &relation.name;
            let message = format!("`{name}` has a name of the framework's, which has not made it");
            Finding::new(&CHECK, message).at(Source::table(name)).with_hint(
                "move it into a schema of its own, migrate, and bring its rows into the registry",
            )
        };
        Ok(found.map(finding).collect())
    }
}
