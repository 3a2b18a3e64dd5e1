//! DBS007 `writable-parent`: what a tenant does to a shared row reaches rows of others.

use async_trait::async_trait;
use sea_orm::QueryResult;

use super::{DatabaseCheck, DatabaseSubject, places};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Result,
    scope::Dialect,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS007",
    name: "writable-parent",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A foreign key with CASCADE, SET NULL or SET DEFAULT that points at a shared table which tenants may write
to (`scope.writable_tables`).

## Why it is wrong

A tenant that deletes the shared row, or changes its key, has the database delete or change the rows of
every tenant that refer to it.

## How to fix it

Declare the key with RESTRICT or NO ACTION, or take the table out of `scope.writable_tables`.
",
};

const POSTGRES: &str = "SELECT p.relname::text, c.relname::text, n.nspname::text, k.conname::text \
     FROM pg_catalog.pg_constraint k \
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_catalog.pg_class p ON p.oid = k.confrelid \
     JOIN pg_catalog.pg_namespace q ON q.oid = p.relnamespace \
     WHERE k.contype = 'f' AND k.conparentid = 0 AND q.nspname = $1 \
     AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd')) ORDER BY 1, 2, 3";

const SQLITE: &str = "SELECT k.\"table\", m.name, ?1, CAST(k.id AS TEXT) \
     FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') k \
     WHERE m.type = 'table' AND k.seq = 0 \
     AND (k.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
      OR k.on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) ORDER BY 1, 2";

const MYSQL: &str = "SELECT CONVERT(r.referenced_table_name USING utf8mb4), \
     CONVERT(r.table_name USING utf8mb4), \
     CONVERT(IF(r.constraint_schema = DATABASE(), ?, r.constraint_schema) USING utf8mb4) \
     FROM information_schema.referential_constraints r \
     WHERE r.unique_constraint_schema = DATABASE() \
     AND (r.delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
      OR r.update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) ORDER BY 1, 2, 3";

#[derive(Debug)]
pub(super) struct WritableParent;

#[async_trait]
impl DatabaseCheck for WritableParent {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        if subject.writable.is_empty() {
            return Ok(Vec::new());
        }
        let sql = match subject.dialect() {
            Dialect::Postgres => POSTGRES,
            Dialect::Sqlite => SQLITE,
            Dialect::MySql => MYSQL,
        };
        let shared = subject.dialect().shared_schema();
        let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
        for row in subject.rows(sql, [shared.as_str().into()]).await? {
            let [parent, child, schema] = names(subject, &row)?;
            if !subject.is_writable(&parent) {
                continue;
            }
            match found.iter_mut().find(|(p, c, _)| *p == parent && *c == child) {
                Some((_, _, schemas)) => schemas.push(schema),
                None => found.push((parent, child, vec![schema])),
            }
        }
        Ok(found.iter().map(|(parent, child, schemas)| finding(parent, child, schemas)).collect())
    }
}

fn names(subject: &DatabaseSubject<'_>, row: &QueryResult) -> Result<[String; 3]> {
    Ok([subject.cell(row, 0)?, subject.cell(row, 1)?, subject.cell(row, 2)?])
}

fn finding(parent: &str, child: &str, schemas: &[String]) -> Finding {
    let message = format!(
        "tenants may write to the shared table `{parent}`, and a row that goes or changes there takes \
         rows of `{child}` in {} along",
        places(schemas)
    );
    Finding::new(&CHECK, message)
        .at(Source::table(child))
        .with_related(Source::table(parent))
        .with_hint(
            "declare the key with RESTRICT, or take the table out of `scope.writable_tables`",
        )
}
