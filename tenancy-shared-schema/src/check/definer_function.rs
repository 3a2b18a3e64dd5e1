//! SHS006 `definer-function`: a function that reaches tenant tables with its owner's rights.

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result, TableKind,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS006",
    name: "definer-function",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

On PostgreSQL, a SECURITY DEFINER function or procedure, of no extension, whose text names a tenant table.
What a function names only in a text that it puts together, or written in C, is not seen.

## Why it is wrong

It runs with the rights of its owner, who sees the rows of all tenants, for whoever may call it, and its
statements are scoped by nobody.

## How to fix it

Make it SECURITY INVOKER, or do its work in the application. One that only central code calls is taken
away from the application's role (`REVOKE EXECUTE`) and accepted with that as the reason.
",
};

const POSTGRES: &str = "SELECT n.nspname::text, p.proname::text, \
     COALESCE(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     WHERE p.prosecdef AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
      WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
      AND d.objid = p.oid AND d.deptype = 'e') ORDER BY 1, 2";

#[derive(Debug)]
pub(super) struct DefinerFunction;

/// Whether a text holds a name as a word, in whatever case.
fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.split(|c: char| !is_part(c)).any(|word| word.eq_ignore_ascii_case(name))
}

#[async_trait]
impl DatabaseCheck for DefinerFunction {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let mut findings = Vec::new();
        for row in subject.rows(POSTGRES, []).await? {
            let (schema, name): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
            let text: String = subject.cell(&row, 2)?;
            let mut tables = subject.tenant_tables().tables();
            let named = tables.find(|t| t.kind == TableKind::Tenant && names(&text, &t.name));
            let Some(table) = named else { continue };
            let message = format!(
                "the function `{schema}.{name}` reaches `{}` with its owner's rights",
                table.name
            );
            findings.push(
                Finding::new(&CHECK, message)
                    .at(Source::table(&table.name))
                    .with_hint("make it SECURITY INVOKER, or do its work in the application"),
            );
        }
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words() {
        assert!(names("SELECT * FROM public.Note;", "note"));
        assert!(names("DELETE FROM \"note\"", "note"));
        assert!(!names("SELECT * FROM note_archive", "note"));
    }
}
