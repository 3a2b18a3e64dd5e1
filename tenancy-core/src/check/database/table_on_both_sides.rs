//! DBS003 `table-on-both-sides`: one table in the shared schema and in the places of tenants.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{DatabaseCheck, DatabaseSubject, Owner, Relation, places};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Result,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS003",
    name: "table-on-both-sides",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A table by the name of a tenant table in the shared schema, or by the name of a shared table in the place
of a tenant; and a tenant table by a name that is, or ever was, a shared one's.

## Why it is wrong

Which of the two an unqualified name means is decided by a search path. Whoever takes the wrong one reads
the rows of everybody, or writes where nobody looks.

## How to fix it

Find out which of them holds the rows that are wanted. Rename or drop the other, and move its rows over.
A tenant table never gets the name of one that was shared: give it another name.
",
};

#[derive(Debug)]
pub(super) struct TableOnBothSides;

/// Whether a table that is nobody's lies on the other side of one that is somebody's.
pub(super) fn is_one(subject: &DatabaseSubject<'_>, relation: &Relation) -> bool {
    if relation.owner != Owner::Nobody {
        return false;
    }
    if relation.schema == subject.dialect().shared_schema().as_str() {
        return subject.knows_tenant_table(&relation.name);
    }
    subject.shared.get(&relation.name).copied().unwrap_or_default()
}

#[async_trait]
impl DatabaseCheck for TableOnBothSides {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for relation in subject.relations().filter(|relation| is_one(subject, relation)) {
            found.entry(&relation.name).or_default().push(&relation.schema);
        }
        let there = found.iter().map(|(name, schemas)| {
            let (owner, other) = if subject.knows_tenant_table(name) {
                ("a tenant table", "too")
            } else {
                ("a shared table", "too, beside the shared one")
            };
            let message = format!("`{name}` is {owner}, and lies in {} {other}", places(schemas));
            finding(name, message)
        });
        let names = subject.shared.keys().filter(|name| subject.tenant_tables.knows(name));
        Ok(there.chain(names.map(|name| both(name))).collect())
    }
}

fn finding(name: &str, message: String) -> Finding {
    Finding::new(&CHECK, message)
        .at(Source::table(name))
        .with_hint("rename or drop the one whose rows are not wanted, after moving them over")
}

/// Reports a tenant table by the name of one that is or was shared.
pub(crate) fn both(name: &str) -> Finding {
    finding(name, format!("`{name}` is a tenant table, and is or was a shared one"))
        .with_hint("give the tenant table a name that no shared table ever had")
}
