//! DBS012 `search-path`: connections that look for names where they should not, or not where they
//! should.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::{DatabaseCheck, DatabaseSubject};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity},
    error::{Error, Result},
    migrate::render::quoted,
    scope::Dialect,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS012",
    name: "search-path",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

Where `database.extension_schemas` names schemas: one that does not exist or holds a table of the
application's, and connections that do not look for names there. Where the application has a role of its
own beside that of `database.central_url`: connections of it that look for names anywhere else than in
those schemas, such as in `public`.

## Why it is wrong

Names of tables in statements of tenants are qualified, but operators and types of an extension are found
by the search path only: without it `name % 'acme'` of pg_trgm fails. A path that holds tables is where a
function, a trigger or a text that nobody scopes finds a table of somebody else's instead of failing.

## How to fix it

`tenancy db roles --apply` sets the search path of each role for this database. By hand: `ALTER ROLE …
IN DATABASE … SET search_path = …`, with `''` for none. Create extensions in a schema of their own:
`CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions`.
",
};

#[derive(Debug)]
pub(super) struct SearchPath;

#[async_trait]
impl DatabaseCheck for SearchPath {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    fn is_decisive(&self) -> bool {
        true
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let databases = subject.databases();
        let extensions: Vec<&str> =
            databases.extension_schemas.iter().map(|schema| schema.as_str()).collect();
        let is_separate = databases.has_central;
        if subject.dialect() != Dialect::Postgres || (extensions.is_empty() && !is_separate) {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        if !extensions.is_empty() {
            findings.extend(unfit(&databases.direct, &extensions).await?);
            if databases.has_direct {
                let (role, path) = path(&databases.direct).await?;
                findings.extend(missing(&role, "direct_url", &path, &extensions));
            }
        }
        let (role, path) = path(&databases.data).await?;
        findings.extend(missing(&role, "url", &path, &extensions));
        let is_beside =
            |schema: &&String| !extensions.contains(&schema.as_str()) && *schema != "pg_catalog";
        if let Some(beside) = path.iter().find(is_beside).filter(|_| is_separate) {
            let message = format!(
                "connections of `database.url` look for names in `{beside}`, which is not among \
                 `database.extension_schemas`"
            );
            findings.push(Finding::new(&CHECK, message).with_hint(hint(&role, &extensions)));
        }
        Ok(findings)
    }
}

/// Schemas of extensions that are not there, or hold more than extensions.
async fn unfit(direct: &DatabaseConnection, extensions: &[&str]) -> Result<Vec<Finding>> {
    const SQL: &str = "SELECT w.name, n.oid IS NOT NULL, \
        (SELECT min(c.relname::text) FROM pg_catalog.pg_class c \
         WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid \
          AND d.deptype = 'e')) \
        FROM pg_catalog.json_array_elements_text($1::json) w(name) \
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.name";
    let doing = Error::database("looking at the schemas of extensions");
    let names = serde_json::Value::from(extensions.to_vec()).to_string();
    let select = Statement::from_sql_and_values(DbBackend::Postgres, SQL, [names.into()]);
    let mut findings = Vec::new();
    for row in direct.query_all_raw(select).await.map_err(&doing)? {
        let name: String = row.try_get_by_index(0).map_err(&doing)?;
        let is_there: bool = row.try_get_by_index(1).map_err(&doing)?;
        let held: Option<String> = row.try_get_by_index(2).map_err(&doing)?;
        let wrong = match held {
            _ if !is_there => "does not exist".to_owned(),
            Some(held) => format!("holds `{held}`, which belongs to no extension"),
            None => continue,
        };
        let message = format!("the schema `{name}` of `database.extension_schemas` {wrong}");
        let hint = "create extensions in a schema that holds nothing else";
        findings.push(Finding::new(&CHECK, message).with_hint(hint));
    }
    Ok(findings)
}

/// A schema of an extension in which connections do not look for names.
fn missing(role: &str, address: &str, path: &[String], extensions: &[&str]) -> Option<Finding> {
    let is_missing = |name: &&&str| !path.iter().any(|schema| schema == **name);
    let missing = extensions.iter().find(is_missing)?;
    let message =
        format!("connections of `database.{address}` do not look for names in `{missing}`");
    let keeps = path.iter().map(String::as_str).chain(extensions.iter().copied());
    let keeps: Vec<&str> = keeps.collect();
    Some(Finding::new(&CHECK, message).with_hint(hint(role, &keeps)))
}

fn hint(role: &str, schemas: &[&str]) -> String {
    let mut path: Vec<String> = Vec::new();
    for schema in schemas.iter().map(|schema| quoted(schema)) {
        if !path.contains(&schema) {
            path.push(schema);
        }
    }
    let path = if path.is_empty() { "''".to_owned() } else { path.join(", ") };
    format!("`tenancy db roles --apply`, or `ALTER ROLE {} SET search_path = {path}`", quoted(role))
}

/// Who is connected, and where names are looked for, as far as there is anything.
async fn path(connection: &DatabaseConnection) -> Result<(String, Vec<String>)> {
    let doing = Error::database("reading the search path");
    let sql = "SELECT current_user::text, \
               pg_catalog.to_json(pg_catalog.current_schemas(false))::text";
    let select = Statement::from_string(DbBackend::Postgres, sql);
    let row = connection.query_one_raw(select).await.map_err(&doing)?;
    let Some(row) = row else { return Ok(Default::default()) };
    let role = row.try_get_by_index(0).map_err(&doing)?;
    let path: String = row.try_get_by_index(1).map_err(&doing)?;
    Ok((role, serde_json::from_str(&path).unwrap_or_default()))
}
