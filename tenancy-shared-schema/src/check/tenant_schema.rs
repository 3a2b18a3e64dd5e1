//! SHS007 `tenant-schema`: a schema that only the other strategy makes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tenancy_core::{
    Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject, Owner, places},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS007",
    name: "tenant-schema",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

On PostgreSQL, a schema that looks like a tenant's place under a strategy with a schema for each tenant:
it holds a ledger of migrations beside tables by the names of tenant tables.

## Why it is wrong

All tenants lie in the shared tables here. Rows in such a schema are read by nobody, or by another
program that keeps tenants apart in another way: what it writes does not reach this one.

## How to fix it

Find out which of the two is in use. Bring the rows over for the tenant of each schema, and drop the
schemas; or run the strategy that they belong to.
",
};

#[derive(Debug)]
pub(super) struct TenantSchemaLeft;

#[derive(Debug, Default)]
struct Held<'a> {
    has_ledger: bool,
    table: Option<&'a str>,
}

#[async_trait]
impl DatabaseCheck for TenantSchemaLeft {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut schemas: BTreeMap<&str, Held<'_>> = BTreeMap::new();
        for relation in subject.relations().filter(|r| r.owner == Owner::Elsewhere) {
            let held = schemas.entry(&relation.schema).or_default();
            if relation.name == "seaql_migrations" || relation.name == "django_migrations" {
                held.has_ledger = true;
            } else if subject.knows_tenant_table(&relation.name) {
                held.table.get_or_insert(&relation.name);
            }
        }
        let shaped = schemas.iter().filter(|(_, held)| held.has_ledger);
        let shaped: Vec<(&str, &str)> =
            shaped.filter_map(|(schema, held)| Some((*schema, held.table?))).collect();
        let Some((_, table)) = shaped.first() else { return Ok(Vec::new()) };
        let names: Vec<&str> = shaped.iter().map(|(schema, _)| *schema).collect();
        let message = format!(
            "`{table}` lies in a schema for each tenant too, with a ledger beside it: {}",
            places(&names)
        );
        Ok(vec![Finding::new(&CHECK, message).at(Source::table(*table)).with_hint(
            "bring the rows over and drop the schemas, or run the strategy that they belong to",
        )])
    }
}
