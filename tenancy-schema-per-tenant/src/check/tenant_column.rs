//! SPT008 `tenant-column-left`: a column that only the other strategy makes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject, Owner, places},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT008",
    name: "tenant-column-left",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A tenant table or a shared table with the tenant column, by which a strategy with shared tables tells
tenants apart. On SQLite the file of the registry is looked at.

## Why it is wrong

Here a tenant is told by where its tables lie, and nothing fills or reads the column. Rows of several
tenants in one table are all read by whoever reads it.

## How to fix it

Find out whether the table holds rows of several tenants. If so, bring each tenant's rows into its own
schema. Then drop the column; no entity and no migration names it.
",
};

const POSTGRES: &str = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_attribute a \
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE a.attname = $1 AND a.attnum > 0 AND NOT a.attisdropped \
     AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 2, 1";

const SQLITE: &str = "SELECT 'main', m.name FROM main.sqlite_schema m, \
     pragma_table_info(m.name, 'main') c WHERE m.type = 'table' AND c.name = ?1 ORDER BY 2";

const MYSQL: &str = "SELECT CONVERT(table_schema USING utf8mb4), CONVERT(table_name USING utf8mb4) \
     FROM information_schema.columns WHERE column_name = ? ORDER BY 2, 1";

#[derive(Debug)]
pub(super) struct TenantColumnLeft;

#[async_trait]
impl DatabaseCheck for TenantColumnLeft {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let sql = match subject.dialect() {
            Dialect::Postgres => POSTGRES,
            Dialect::Sqlite => SQLITE,
            Dialect::MySql => MYSQL,
        };
        let owners: BTreeMap<(&str, &str), Owner> =
            subject.relations().map(|r| ((r.schema.as_str(), r.name.as_str()), r.owner)).collect();
        let column = subject.tenant_column();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in subject.rows(sql, [column.as_str().into()]).await? {
            let (schema, table): (String, String) =
                (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
            let owner = owners.get(&(schema.as_str(), table.as_str()));
            if matches!(owner, Some(Owner::Tenant | Owner::Shared)) {
                found.entry(table).or_default().push(schema);
            }
        }
        let finding = |(table, schemas): (&String, &Vec<String>)| {
            let message = format!("`{table}` in {} has the column `{column}`", places(schemas));
            Finding::new(&CHECK, message).at(Source::table(table)).with_hint(
                "bring rows of several tenants into their own schemas, then drop the column",
            )
        };
        Ok(found.iter().map(finding).collect())
    }
}
