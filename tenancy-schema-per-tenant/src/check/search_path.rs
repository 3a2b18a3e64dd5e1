//! SPT005 `shadowing-search-path`: a search path that leads to the wrong tables.

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT005",
    name: "shadowing-search-path",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A `search_path` that is set for a role or for the database and names the schema of a tenant, or a schema
besides the shared one that holds a table by the name of one of the application's; and connections of
the application that do not stand in the shared schema.

## Why it is wrong

Statements of tenants are qualified and do not ask the path. Everything else does: functions, triggers,
views that are made anew, tools, a person with `psql`. They find the table of one tenant, or of nobody,
and take it for the one they mean. The registry's tables are looked for where connections stand.

## How to fix it

`ALTER ROLE … RESET search_path`, `ALTER DATABASE … RESET search_path`, or a path that begins with the
shared schema and beside it names schemas of extensions only.
",
};

const SETTINGS: &str = "SELECT COALESCE('the role `' || r.rolname || '`', 'the database'), \
     substr(setting, length('search_path=') + 1) \
     FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS setting \
     LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
     WHERE setting LIKE 'search\\_path=%' AND (s.setdatabase = 0 OR s.setdatabase = \
      (SELECT d.oid FROM pg_catalog.pg_database d \
       WHERE d.datname = pg_catalog.current_database())) ORDER BY 1, 2";

const CURRENT: &str = "SELECT pg_catalog.current_schema()::text";

#[derive(Debug)]
pub(super) struct ShadowingSearchPath;

/// The schemas of a search path, as PostgreSQL writes it.
fn schemas(path: &str) -> impl Iterator<Item = String> {
    path.split(',').map(|name| name.trim().trim_matches('"').replace("\"\"", "\""))
}

#[async_trait]
impl DatabaseCheck for ShadowingSearchPath {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let mut findings = Vec::new();
        for row in subject.rows(SETTINGS, []).await? {
            let (whose, path): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
            if let Some(wrong) = schemas(&path).find_map(|schema| shadowed(subject, &schema)) {
                findings.push(finding(format!("the search path of {whose} names {wrong}")));
            }
        }
        let shared = subject.dialect().shared_schema();
        for row in subject.rows(CURRENT, []).await? {
            let current: Option<String> = subject.cell(&row, 0)?;
            if current.as_deref() != Some(shared.as_str()) {
                let stands = current.map_or_else(|| "nowhere".to_owned(), |s| format!("in `{s}`"));
                let message = format!("connections stand {stands}, and the registry in `{shared}`");
                findings.push(finding(message));
            }
        }
        Ok(findings)
    }
}

/// What is wrong with a schema in a search path.
fn shadowed(subject: &DatabaseSubject<'_>, schema: &str) -> Option<String> {
    if schema == subject.dialect().shared_schema().as_str() {
        return None;
    }
    if subject.is_place(schema) || subject.is_physical_name(schema) {
        return Some(format!("the tenant's schema `{schema}`"));
    }
    let mut held = subject.relations().filter(|relation| relation.schema == schema);
    let shadow = held.find(|relation| subject.knows_table(&relation.name))?;
    Some(format!("`{schema}`, which holds a table `{}` too", shadow.name))
}

fn finding(message: String) -> Finding {
    let hint =
        "reset it, or let it begin with the shared schema and name schemas of extensions only";
    Finding::new(&CHECK, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_written() {
        let read: Vec<String> = schemas("\"$user\", public,\"t_acme\"").collect();
        assert_eq!(read, ["$user", "public", "t_acme"]);
    }
}
