//! SHS001 `wrong-tenant-column`: a tenant table without the tenant column as it must be.

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

use super::{Sql, ask};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS001",
    name: "wrong-tenant-column",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A tenant table that lacks the tenant column, or in which it has another type or may be null. The
application does not start on such a database; finding it out costs one statement.

## Why it is wrong

Every statement of a tenant is filtered by the column. Without it the table was made by something else
than the tenant migrations; where it may be null there are rows that belong to nobody, and that every
check of a key passes by.

## How to fix it

Give the rows to the tenants that they belong to and restore the column (`uuid NOT NULL`), or drop or
rename the table and have `tenancy migrate up` make it. `tenancy migrate verify` shows how the table
differs from what the migrations make.
",
};

const POSTGRES: &str = "SELECT c.relname::text, \
     pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull \
     FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_catalog.pg_attribute a \
     ON a.attrelid = c.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped \
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1";

const SQLITE: &str = "SELECT m.name, c.type, c.\"notnull\" = 1 FROM main.sqlite_schema m \
     LEFT JOIN pragma_table_info(m.name, ?1) c ON c.name = ?2 WHERE m.type = 'table' ORDER BY 1";

const MYSQL: &str = "SELECT t.table_name, CAST(c.column_type AS CHAR), c.is_nullable = 'NO' \
     FROM information_schema.tables t LEFT JOIN information_schema.columns c \
     ON c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.column_name = ? \
     WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' ORDER BY 1";

const SQL: Sql = Sql { postgres: Some(POSTGRES), sqlite: Some(SQLITE), mysql: Some(MYSQL) };

#[derive(Debug)]
pub(super) struct TenantColumn;

#[async_trait]
impl DatabaseCheck for TenantColumn {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    fn is_decisive(&self) -> bool {
        true
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let expected = match subject.dialect() {
            Dialect::Postgres => "uuid",
            Dialect::Sqlite => "uuid_text",
            Dialect::MySql => "binary(16)",
        };
        let column = subject.tenant_column();
        let mut findings = Vec::new();
        for (table, row) in ask(subject, &SQL).await? {
            let data_type: Option<String> = subject.cell(&row, 1)?;
            let not_null: Option<bool> = subject.cell(&row, 2)?;
            let wrong = match data_type {
                None => format!("the tenant table `{table}` has no column `{column}`"),
                Some(found) if !found.eq_ignore_ascii_case(expected) => {
                    format!("`{table}.{column}` is of the type `{found}`, and must be `{expected}`")
                }
                Some(_) if not_null != Some(true) => format!("`{table}.{column}` may be null"),
                Some(_) => continue,
            };
            findings.push(Finding::new(&CHECK, wrong).at(Source::table(table)).with_hint(
                "restore the column, or rename the table and have `tenancy migrate up` make it; \
                 `tenancy tenant adopt` takes over the tables of an application without tenants",
            ));
        }
        Ok(findings)
    }
}
