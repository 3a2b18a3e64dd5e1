//! SHS002 `unled-key`: a key that does not count for each tenant on its own.

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
    code: "SHS002",
    name: "unled-key",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A primary key, unique key or unique index of a tenant table that does not hold the tenant column. On
SQLite a generated `INTEGER PRIMARY KEY` is left out, which has a led key beside it.

## Why it is wrong

A value that one tenant has taken is refused to every other: an error tells a tenant what another one
has, and an upsert meets another tenant's row.

## How to fix it

Make the key by a tenant migration, which leads it by the tenant column, and drop this one.
",
};

const POSTGRES: &str = "SELECT c.relname::text, i.relname::text \
     FROM pg_catalog.pg_index x \
     JOIN pg_catalog.pg_class c ON c.oid = x.indrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
     WHERE n.nspname = $1 AND x.indisunique AND NOT c.relispartition \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a \
      WHERE a.attrelid = c.oid AND a.attname = $2 \
      AND a.attnum = ANY (x.indkey[0:x.indnkeyatts - 1])) ORDER BY 1, 2";

const SQLITE: &str = "SELECT m.name, i.name FROM main.sqlite_schema m, \
     pragma_index_list(m.name, ?1) i WHERE m.type = 'table' AND i.\"unique\" = 1 \
     AND NOT EXISTS (SELECT 1 FROM pragma_index_info(i.name, ?1) k WHERE k.name = ?2) ORDER BY 1, 2";

const MYSQL: &str = "SELECT s.table_name, s.index_name FROM information_schema.statistics s \
     WHERE s.table_schema = DATABASE() AND s.non_unique = 0 \
     GROUP BY s.table_name, s.index_name HAVING SUM(s.column_name = ?) = 0 ORDER BY 1, 2";

const SQL: Sql = Sql { postgres: Some(POSTGRES), sqlite: Some(SQLITE), mysql: Some(MYSQL) };

#[derive(Debug)]
pub(super) struct UnledKey;

#[async_trait]
impl DatabaseCheck for UnledKey {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let column = subject.tenant_column();
        let mut findings = Vec::new();
        for (table, row) in ask(subject, &SQL).await? {
            let index: String = subject.cell(&row, 1)?;
            let message =
                format!("the unique index `{index}` of `{table}` does not hold `{column}`");
            findings.push(
                Finding::new(&CHECK, message)
                    .at(Source::table(table))
                    .with_hint("make the key by a tenant migration, and drop this one"),
            );
        }
        Ok(findings)
    }
}
