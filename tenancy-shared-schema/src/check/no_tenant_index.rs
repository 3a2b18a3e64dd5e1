//! SHS003 `no-tenant-index`: no index of a tenant table begins with the tenant column.

use async_trait::async_trait;
use tenancy_core::{
    Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

use super::{Sql, ask};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS003",
    name: "no-tenant-index",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A tenant table without an index, or key, whose first column is the tenant column.

## Why it is wrong

Every statement of a tenant is filtered by this column. Without such an index the database reads the rows
of all tenants to find those of one, and the smallest tenant waits as long as the largest.

## How to fix it

Give the table a primary key, a unique key or an index by a tenant migration: each is led by the column.
",
};

const POSTGRES: &str = "SELECT c.relname::text FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index x \
      JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] \
      WHERE x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL AND a.attname = $2) \
     ORDER BY 1";

const SQLITE: &str = "SELECT m.name FROM main.sqlite_schema m WHERE m.type = 'table' \
     AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name, ?1) i, \
      pragma_index_info(i.name, ?1) k WHERE i.partial = 0 AND k.seqno = 0 AND k.name = ?2) \
     ORDER BY 1";

const MYSQL: &str = "SELECT t.table_name FROM information_schema.tables t \
     WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' \
     AND NOT EXISTS (SELECT 1 FROM information_schema.statistics s \
      WHERE s.table_schema = t.table_schema AND s.table_name = t.table_name \
      AND s.seq_in_index = 1 AND s.column_name = ?) ORDER BY 1";

const SQL: Sql = Sql { postgres: Some(POSTGRES), sqlite: Some(SQLITE), mysql: Some(MYSQL) };

#[derive(Debug)]
pub(super) struct NoTenantIndex;

#[async_trait]
impl DatabaseCheck for NoTenantIndex {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let column = subject.tenant_column();
        let found = ask(subject, &SQL).await?.into_iter().map(|(table, _)| {
            let message = format!("no index of `{table}` begins with `{column}`");
            Finding::new(&CHECK, message)
                .at(Source::table(table))
                .with_hint("give it a key or an index by a tenant migration")
        });
        Ok(found.collect())
    }
}
