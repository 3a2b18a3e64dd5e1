//! DBS008 `pool-size`: the pools may open more connections than the server accepts.

use async_trait::async_trait;

use super::{DatabaseCheck, DatabaseSubject};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity},
    error::Result,
    scope::Dialect,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS008",
    name: "pool-size",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

Pools of one process that may open more connections than the server, the database or the role accepts:
`database.max_connections` for each address that is configured (`url`, `direct_url`, `central_url`).

## Why it is wrong

Under load the server refuses connections, to this process and to all others. Every further process of
the application needs as many again.

## How to fix it

Lower `database.max_connections` to the server's limit divided by the processes and addresses, or raise
`max_connections` of the server.
",
};

/// A limit of -1 is none. Behind a pooler these are the pooler's server's.
const LIMITS: &str = "SELECT pg_catalog.current_setting('max_connections')::int \
     - pg_catalog.current_setting('superuser_reserved_connections')::int, \
     (SELECT d.datconnlimit FROM pg_catalog.pg_database d \
      WHERE d.datname = pg_catalog.current_database()), \
     (SELECT r.rolconnlimit FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)";

#[derive(Debug)]
pub(super) struct PoolSize;

#[async_trait]
impl DatabaseCheck for PoolSize {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let each = subject.databases().pool_options.max_connections;
        let wanted = i64::from(each) * i64::from(subject.pools);
        let mut findings = Vec::new();
        for row in subject.rows(LIMITS, []).await? {
            for (at, whose) in ["the server", "the database", "the role"].iter().enumerate() {
                let limit: Option<i32> = subject.cell(&row, at)?;
                if let Some(limit) = limit.filter(|limit| *limit >= 0)
                    && wanted > i64::from(limit)
                {
                    findings.push(finding(whose, wanted, limit));
                }
            }
        }
        Ok(findings)
    }
}

fn finding(whose: &str, wanted: i64, limit: i32) -> Finding {
    let message =
        format!("one process may open {wanted} connections, and {whose} accepts {limit} in all");
    Finding::new(&CHECK, message).with_hint("lower `database.max_connections`, or raise the limit")
}
