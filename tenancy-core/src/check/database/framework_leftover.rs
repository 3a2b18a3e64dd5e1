//! DBS005 `framework-leftover`: tables that another framework has left behind.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{DatabaseCheck, DatabaseSubject, Owner, Relation, places};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Result,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS005",
    name: "framework-leftover",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

Tables that only another framework makes, in the shared schema or in any other: `tenants_client` and
`django_migrations` of Django and django-tenants, `schema_migrations` and `ar_internal_metadata` of Rails
and apartment, once for each schema.

## Why it is wrong

Two frameworks each take the tables for theirs: the next command of the old one migrates, renames or
drops what this one works with. In a database that was moved over they only tell a wrong story.

## How to fix it

Stop the other framework first. Tables of tenants that are to be kept are adopted: a tenant is created
for each schema, its tables are noted by `tenancy migrate fake-initial`. Then drop the tables that were
the framework's own.
",
};

/// The tables that only one framework makes.
const LEFTOVERS: [(&str, &str); 4] = [
    ("django_migrations", "Django"),
    ("tenants_client", "django-tenants"),
    ("schema_migrations", "Rails or apartment"),
    ("ar_internal_metadata", "Rails or apartment"),
];

#[derive(Debug)]
pub(super) struct FrameworkLeftover;

fn framework(subject: &DatabaseSubject<'_>, relation: &Relation) -> Option<&'static str> {
    let is_free = match relation.owner {
        Owner::Nobody | Owner::Elsewhere => true,
        Owner::Framework | Owner::Shared | Owner::Tenant | Owner::Extension => false,
    };
    let known = LEFTOVERS.iter().find(|(table, _)| *table == relation.name);
    // A migration may make a table by any name; then it is not left over.
    let is_made = subject.knows_tenant_table(&relation.name);
    known.filter(|_| is_free && !is_made).map(|(_, framework)| *framework)
}

/// Whether a table is left over from another framework.
pub(super) fn is_one(subject: &DatabaseSubject<'_>, relation: &Relation) -> bool {
    framework(subject, relation).is_some()
}

#[async_trait]
impl DatabaseCheck for FrameworkLeftover {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut found: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for relation in subject.relations() {
            if let Some(framework) = framework(subject, relation) {
                found.entry((&relation.name, framework)).or_default().push(&relation.schema);
            }
        }
        let finding = |((name, framework), schemas): (&(&str, &str), &Vec<&str>)| {
            let message = format!("`{name}` in {} is left over from {framework}", places(schemas));
            Finding::new(&CHECK, message)
                .at(Source::table(*name))
                .with_hint("adopt what is to be kept, and drop it: nothing reads it any more")
        };
        Ok(found.iter().map(finding).collect())
    }
}
