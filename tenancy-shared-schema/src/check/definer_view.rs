//! SHS005 `definer-view`: a view over tenant tables that reads them as its owner.

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
    code: "SHS005",
    name: "definer-view",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

On PostgreSQL, a view over a tenant table that is not `security_invoker` (which there is since version
15), and a materialized view over one.

## Why it is wrong

Such a view reads with the rights of whoever made it, who sees the rows of all tenants: neither a role nor
row-level security holds for its reader. A materialized view has stored the rows of all tenants.

## How to fix it

`ALTER VIEW … SET (security_invoker = true)`. Replace a materialized view by a table of a tenant
migration that the application fills for each tenant.
",
};

const POSTGRES: &str = "SELECT DISTINCT t.relname::text, vn.nspname::text, v.relname::text, \
     v.relkind = 'm' \
     FROM pg_catalog.pg_depend d \
     JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid \
     JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm') \
     JOIN pg_catalog.pg_namespace vn ON vn.oid = v.relnamespace \
     JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') \
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
     WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
     AND n.nspname = $1 AND length($2::text) > 0 \
     AND NOT (v.relkind = 'v' AND EXISTS (SELECT 1 FROM unnest(v.reloptions) AS option \
      WHERE lower(option) IN ('security_invoker=true', 'security_invoker=on', \
       'security_invoker=1', 'security_invoker=yes'))) ORDER BY 2, 3, 1";

const SQL: Sql = Sql { postgres: Some(POSTGRES), sqlite: None, mysql: None };

#[derive(Debug)]
pub(super) struct DefinerView;

#[async_trait]
impl DatabaseCheck for DefinerView {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for (table, row) in ask(subject, &SQL).await? {
            let (schema, view): (String, String) = (subject.cell(&row, 1)?, subject.cell(&row, 2)?);
            let (message, hint) = if subject.cell(&row, 3)? {
                (
                    format!("the materialized view `{schema}.{view}` stores rows of `{table}`"),
                    "replace it by a table that the application fills for each tenant",
                )
            } else {
                (
                    format!("the view `{schema}.{view}` reads `{table}` with its owner's rights"),
                    "`ALTER VIEW … SET (security_invoker = true)`",
                )
            };
            let finding = Finding::new(&CHECK, message).at(Source::table(view));
            findings.push(finding.with_related(Source::table(table)).with_hint(hint));
        }
        Ok(findings)
    }
}
