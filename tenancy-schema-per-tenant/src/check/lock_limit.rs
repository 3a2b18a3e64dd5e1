//! SPT006 `lock-limit`: more tables than one transaction can lock.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT006",
    name: "lock-limit",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

More tables in the schemas of all tenants together, or of one tenant, than the server's table of locks
holds: `max_locks_per_transaction` × (`max_connections` + `max_prepared_transactions`).

## Why it is wrong

What touches all tables in one transaction takes a lock on each: `pg_dump` of the whole database fails,
and with it the backup. What drops the schema of one tenant by hand locks its tables and their indexes;
the framework drops them batch by batch.

## How to fix it

Raise `max_locks_per_transaction` (a restart of the server), and back tenants up schema by schema.
",
};

const LIMIT: &str = "SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint \
     * (pg_catalog.current_setting('max_connections')::bigint \
      + pg_catalog.current_setting('max_prepared_transactions')::bigint)";

#[derive(Debug)]
pub(super) struct LockLimit;

#[async_trait]
impl DatabaseCheck for LockLimit {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let mut tables: BTreeMap<&str, i64> = BTreeMap::new();
        for relation in subject.relations().filter(|r| subject.is_place(&r.schema)) {
            *tables.entry(&relation.schema).or_default() += 1;
        }
        let all: i64 = tables.values().sum();
        let most = tables.values().copied().max().unwrap_or_default();
        let mut findings = Vec::new();
        for row in subject.rows(LIMIT, []).await? {
            findings.extend(exceeded(all, most, subject.cell(&row, 0)?));
        }
        Ok(findings)
    }
}

fn exceeded(all: i64, most: i64, limit: i64) -> Option<Finding> {
    let message = if most > limit {
        format!("the schema of one tenant has {most} tables, and the server has locks for {limit}")
    } else if all > limit {
        format!("the schemas of tenants have {all} tables, and the server has locks for {limit}")
    } else {
        return None;
    };
    let hint = "raise `max_locks_per_transaction`, and back tenants up schema by schema";
    Some(Finding::new(&CHECK, message).with_hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_too_many_tables_are_a_finding() {
        assert!(exceeded(6_400, 30, 6_400).is_none());
        assert!(exceeded(6_401, 30, 6_400).unwrap().message.contains("6401"));
        assert!(exceeded(9_000, 7_000, 6_400).unwrap().message.contains("one tenant"));
    }
}
