//! SPT007 `function-without-path`: a tenant's function that finds its tables by whoever calls it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity,
        database::{DatabaseCheck, DatabaseSubject, places},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT007",
    name: "function-without-path",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A function or procedure in the schema of a tenant that does not set a `search_path` of its own. Those of
extensions, those in C, and those whose tables were found when they were made (`BEGIN ATOMIC`) are left
out.

## Why it is wrong

Its text names tables without a schema. They are looked for by the path of the connection that calls it,
which holds no tenant's schema: it fails, or finds a table of somebody else.

## How to fix it

Create it with `SET search_path FROM CURRENT` in the tenant migration, which stands in the schema of the
tenant, or with `BEGIN ATOMIC`.
",
};

const FUNCTIONS: &str = "SELECT n.nspname::text, p.proname::text FROM pg_catalog.pg_proc p \
     JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
     WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
     AND l.lanname NOT IN ('c', 'internal') AND p.prokind IN ('f', 'p') \
     AND pg_catalog.pg_get_function_sqlbody(p.oid) IS NULL \
     AND NOT EXISTS (SELECT 1 FROM unnest(p.proconfig) AS setting \
      WHERE setting LIKE 'search\\_path=%') \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
      WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
      AND d.objid = p.oid AND d.deptype = 'e') ORDER BY 2, 1";

#[derive(Debug)]
pub(super) struct FunctionWithoutPath;

#[async_trait]
impl DatabaseCheck for FunctionWithoutPath {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in subject.rows(FUNCTIONS, []).await? {
            let (schema, name): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
            if subject.is_place(&schema) {
                found.entry(name).or_default().push(schema);
            }
        }
        let finding = |(name, schemas): (&String, &Vec<String>)| {
            let message =
                format!("the function `{name}` in {} has no search path", places(schemas));
            Finding::new(&CHECK, message)
                .with_hint("create it with `SET search_path FROM CURRENT` in a tenant migration")
        };
        Ok(found.iter().map(finding).collect())
    }
}
