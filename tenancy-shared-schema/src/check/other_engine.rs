//! SHS010 `other-engine`: a tenant table of MySQL that knows no transactions.

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
    code: "SHS010",
    name: "other-engine",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A tenant table on MySQL or MariaDB whose storage engine is not InnoDB. Other databases have none to
choose from.

## Why it is wrong

Other engines know neither transactions nor foreign keys: a reference from one tenant's row to
another's is not refused, what a failed transaction has written stays, and ids are given out again.

## How to fix it

`ALTER TABLE … ENGINE = InnoDB`, and then the foreign keys that its migrations declare: another engine
has taken them without keeping them.
",
};

const SQL: Sql = Sql {
    postgres: None,
    sqlite: None,
    mysql: Some(
        "SELECT t.table_name, t.engine FROM information_schema.tables t \
         WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' \
         AND COALESCE(t.engine, '') <> 'InnoDB' ORDER BY 1",
    ),
};

#[derive(Debug)]
pub(super) struct OtherEngine;

#[async_trait]
impl DatabaseCheck for OtherEngine {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    fn is_decisive(&self) -> bool {
        true
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for (table, row) in ask(subject, &SQL).await? {
            let engine: Option<String> = subject.cell(&row, 1)?;
            let engine = engine.unwrap_or_else(|| "none".to_owned());
            let message = format!("the tenant table `{table}` has the engine `{engine}`");
            findings.push(
                Finding::new(&CHECK, message)
                    .at(Source::table(table))
                    .with_hint("alter it to `ENGINE = InnoDB`, and make its foreign keys again"),
            );
        }
        Ok(findings)
    }
}
