//! SHS004 `crossing-reference`: a foreign key by which a row may refer to another tenant's.

use async_trait::async_trait;
use tenancy_core::{
    Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

use super::{Sql, ask, is_tenant_table};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS004",
    name: "crossing-reference",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A foreign key from one tenant table to another that does not pair the tenant columns of the two.

## Why it is wrong

It lets a row of one tenant refer to a row of another. A tenant learns from the error whether a key is
taken by somebody else, and with CASCADE what one tenant deletes takes rows of another along.

## How to fix it

Make the key by a tenant migration, which lays it out as `(tenant_id, x_id)` pointing at
`(tenant_id, id)`, and drop this one. Look first for rows that refer across: the new key refuses them.
",
};

const POSTGRES: &str = "SELECT c.relname::text, k.conname::text, p.relname::text \
     FROM pg_catalog.pg_constraint k \
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_catalog.pg_class p ON p.oid = k.confrelid \
     WHERE k.contype = 'f' AND k.conparentid = 0 \
     AND n.nspname = $1 AND p.relnamespace = c.relnamespace \
     AND NOT EXISTS (SELECT 1 FROM unnest(k.conkey, k.confkey) AS pair (own, other) \
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own \
      JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other \
      WHERE a.attname = $2 AND b.attname = $2) ORDER BY 1, 2";

/// A key that names no columns of the other table points at its primary key.
const SQLITE: &str = "SELECT m.name, CAST(k.id AS TEXT), k.\"table\" FROM main.sqlite_schema m, \
     pragma_foreign_key_list(m.name, ?1) k WHERE m.type = 'table' AND k.seq = 0 \
     AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name, ?1) pair \
      WHERE pair.id = k.id AND pair.\"from\" = ?2 AND COALESCE(pair.\"to\", ?2) = ?2) ORDER BY 1, 2";

const MYSQL: &str = "SELECT k.table_name, k.constraint_name, k.referenced_table_name \
     FROM information_schema.key_column_usage k \
     WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE() \
     GROUP BY k.table_name, k.constraint_name, k.referenced_table_name \
     HAVING SUM(k.column_name = ? AND k.referenced_column_name = ?) = 0 ORDER BY 1, 2";

const SQL: Sql = Sql { postgres: Some(POSTGRES), sqlite: Some(SQLITE), mysql: Some(MYSQL) };

#[derive(Debug)]
pub(super) struct CrossingReference;

#[async_trait]
impl DatabaseCheck for CrossingReference {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for (table, row) in ask(subject, &SQL).await? {
            let (name, other): (String, String) = (subject.cell(&row, 1)?, subject.cell(&row, 2)?);
            if !is_tenant_table(subject, &other) {
                continue;
            }
            let message = format!(
                "the foreign key `{name}` lets a row of `{table}` refer to another tenant's in \
                 `{other}`"
            );
            findings.push(
                Finding::new(&CHECK, message)
                    .at(Source::table(table))
                    .with_related(Source::table(other))
                    .with_hint("make the key by a tenant migration, and drop this one"),
            );
        }
        Ok(findings)
    }
}
