//! Databases of the server: made, named, listed and dropped.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement};
use tenancy_core::{Databases, Error, PhysicalName, Result, Tenant};

use crate::strategy::place;

/// How the comment on a tenant's database begins, before the name of the registry's. By it a database
/// of somebody else is told from one of ours.
const OWNED: &str = "tenant of ";

/// How often and after what pause it is tried again to name a database that is still connected to:
/// closed connections take a moment to be gone.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// PostgreSQL's duplicate_database, and object_in_use
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const DUPLICATE: &str = "42P04";
const IN_USE: &str = "55006";

pub(crate) fn doing(doing: &'static str) -> impl FnOnce(DbErr) -> Error {
    move |source| Error::Database { doing, source }
}

fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    error.as_database_error()?.code().map(|code| code.into_owned())
}

/// Quotes an identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text, for statements that take no parameters.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What a tenant's database is called until it is complete.
pub(crate) fn unfinished_name(tenant: &Tenant) -> String {
    format!("unfinished_{}", tenant.id.as_uuid().simple())
}

pub(crate) fn is_unfinished(name: &str) -> bool {
    name.starts_with("unfinished_")
}

pub(crate) async fn is_there(databases: &Databases, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1";
    let find = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    let found = databases.direct.query_one_raw(find).await;
    Ok(found.map_err(doing("looking for the tenant's database"))?.is_some())
}

/// Creates an empty database that must not exist.
pub(crate) async fn create_database(databases: &Databases, name: &str) -> Result<()> {
    let create = format!("CREATE DATABASE {} TEMPLATE template0", quoted(name));
    let created = databases.direct.execute_unprepared(&create).await;
    created.map(drop).map_err(doing("creating the tenant's database"))?;
    // Whose it is from the beginning: a run that is cut off leaves nothing that nobody knows.
    mark(databases, name, "").await
}

/// Gives a complete database its name; one of that name that is there stays.
pub(crate) async fn rename_database(
    databases: &Databases,
    from: &str,
    to: &PhysicalName,
) -> Result<()> {
    let rename = format!("ALTER DATABASE {} RENAME TO {}", quoted(from), to.quoted());
    let mut attempt = 1;
    loop {
        let renamed = databases.direct.execute_unprepared(&rename).await;
        let Err(error) = renamed else { return Ok(()) };
        match code(&error).as_deref() {
            Some(DUPLICATE) => return Err(Error::PlaceExists { place: place(to) }),
            Some(IN_USE) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            _ => return Err(doing("naming the tenant's database")(error)),
        }
    }
}

/// Drops a database, also one that is connected to, if it is there.
pub(crate) async fn drop_database(databases: &Databases, name: &str) -> Result<()> {
    let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
    let dropped = databases.direct.execute_unprepared(&drop_it).await;
    dropped.map(drop).map_err(doing("dropping the tenant's database"))
}

/// Writes on a database whose it is, and which shared tables it has.
pub(crate) async fn mark(databases: &Databases, name: &str, shared_tables: &str) -> Result<()> {
    let text = format!("{OWNED}{}, shared tables {shared_tables}", registry(databases).await?);
    let comment = format!("COMMENT ON DATABASE {} IS {}", quoted(name), literal(&text));
    let commented = databases.direct.execute_unprepared(&comment).await;
    commented.map(drop).map_err(doing("marking the tenant's database"))
}

/// The databases that are marked as this registry's, and the shared tables that each has.
pub(crate) async fn places(databases: &Databases) -> Result<BTreeMap<String, String>> {
    let listing = "listing the databases of tenants";
    let sql = "SELECT datname::text, pg_catalog.shobj_description(oid, 'pg_database') \
               FROM pg_catalog.pg_database \
               WHERE pg_catalog.shobj_description(oid, 'pg_database') IS NOT NULL";
    let list = Statement::from_string(DbBackend::Postgres, sql);
    let begin = format!("{OWNED}{}, shared tables ", registry(databases).await?);
    let mut places = BTreeMap::new();
    for row in databases.direct.query_all_raw(list).await.map_err(doing(listing))? {
        let name: String = row.try_get_by_index(0).map_err(doing(listing))?;
        let comment: String = row.try_get_by_index(1).map_err(doing(listing))?;
        if let Some(shared_tables) = comment.strip_prefix(&begin) {
            places.insert(name, shared_tables.to_owned());
        }
    }
    Ok(places)
}

/// What the registry's database is called.
pub(crate) async fn registry(databases: &Databases) -> Result<String> {
    let asking = "asking for the name of the registry's database";
    let ask = Statement::from_string(DbBackend::Postgres, "SELECT current_database()::text");
    let row = databases.direct.query_one_raw(ask).await.map_err(doing(asking))?;
    let name: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(doing(asking))?;
    Ok(name.unwrap_or_default())
}
