//! SPT004 `extension-in-place`: an extension lies in a tenant's schema.

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT004",
    name: "extension-in-place",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

An extension of PostgreSQL that is installed in the schema of a tenant.

## Why it is wrong

An extension is there once for the database. In a tenant's schema only that tenant finds its types and
functions, and with the tenant it is dropped, together with every column of such a type in the tables of
all others.

## How to fix it

`ALTER EXTENSION … SET SCHEMA …` into a schema of its own, which `database.extension_schemas` names.
",
};

const EXTENSIONS: &str = "SELECT e.extname::text, n.nspname::text FROM pg_catalog.pg_extension e \
     JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace ORDER BY 1";

#[derive(Debug)]
pub(super) struct ExtensionInPlace;

#[async_trait]
impl DatabaseCheck for ExtensionInPlace {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let mut findings = Vec::new();
        for row in subject.rows(EXTENSIONS, []).await? {
            let (name, schema): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
            if subject.is_place(&schema) {
                let message =
                    format!("the extension `{name}` lies in the tenant's schema `{schema}`");
                findings.push(
                    Finding::new(&CHECK, message)
                        .with_hint("`ALTER EXTENSION … SET SCHEMA …` into a schema of its own"),
                );
            }
        }
        Ok(findings)
    }
}
