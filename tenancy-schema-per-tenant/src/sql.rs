//! The only place of this crate that sends SQL. Names come as `PhysicalName`, which is checked.

use std::{collections::BTreeSet, path::Path};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tenancy_core::{Dialect, Error, PhysicalName, Result};

use crate::check::place::listing;

fn doing(doing: &'static str) -> impl FnOnce(sea_orm::DbErr) -> Error {
    move |source| Error::Database { doing, source }
}

/// Creates a schema that must not exist: without `IF NOT EXISTS`, so that a schema of someone else
/// is never taken for the tenant's.
pub(crate) fn create_schema(schema: &PhysicalName) -> String {
    format!("CREATE SCHEMA {}", schema.quoted())
}

/// How many tables, indexes and sequences a transaction drops at most: it locks each of them, and the
/// server's table of locks is shared by all.
const LOCKED_AT_ONCE: i64 = 500;

/// The tables of a schema, written to be dropped, and what goes with each.
const TABLES: &str = "\
    SELECT format('%I.%I', n.nspname, c.relname), 1 \
     + (SELECT count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) \
     + CASE c.reltoastrelid WHEN 0 THEN 0 ELSE 2 END \
     + (SELECT count(*) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid \
        WHERE d.refobjid = c.oid AND d.deptype IN ('a', 'i') AND s.relkind = 'S') \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition ORDER BY c.oid DESC";

/// Drops a schema with everything in it. One with many tables loses them batch by batch; a call that
/// was cut off is gone on with by the next.
pub(crate) async fn drop_schema(direct: &DatabaseConnection, schema: &PhysicalName) -> Result<()> {
    let dropping = "dropping the tenant's schema";
    let list =
        Statement::from_sql_and_values(DbBackend::Postgres, TABLES, [schema.as_str().into()]);
    let mut tables: Vec<(String, i64)> = Vec::new();
    for row in direct.query_all_raw(list).await.map_err(doing(dropping))? {
        let table = row.try_get_by_index(0).map_err(doing(dropping))?;
        tables.push((table, row.try_get_by_index(1).map_err(doing(dropping))?));
    }
    let mut left: i64 = tables.iter().map(|(_, locks)| locks).sum();
    let mut batch: Vec<String> = Vec::new();
    let mut locked = 0;
    for (table, locks) in tables {
        if left <= LOCKED_AT_ONCE {
            break;
        }
        if locked + locks > LOCKED_AT_ONCE {
            drop_tables(direct, &std::mem::take(&mut batch)).await?;
            locked = 0;
        }
        batch.push(table);
        locked += locks;
        left -= locks;
    }
    drop_tables(direct, &batch).await?;
    direct
        .execute_unprepared(&format!("DROP SCHEMA IF EXISTS {} CASCADE", schema.quoted()))
        .await
        .map_err(doing(dropping))?;
    Ok(())
}

async fn drop_tables(direct: &DatabaseConnection, tables: &[String]) -> Result<()> {
    if tables.is_empty() {
        return Ok(());
    }
    let drop = format!("DROP TABLE IF EXISTS {} CASCADE", tables.join(", "));
    let dropped = direct.execute_unprepared(&drop).await;
    dropped.map(|_| ()).map_err(doing("dropping the tenant's tables"))
}

/// The names of all schemas but the system's, or of all databases of a server.
pub(crate) async fn schemas(
    direct: &DatabaseConnection,
    dialect: Dialect,
) -> Result<BTreeSet<String>> {
    let asking = "listing the places";
    let list = Statement::from_string(direct.get_database_backend(), listing(dialect));
    let rows = direct.query_all_raw(list).await.map_err(doing(asking))?;
    rows.iter().map(|row| row.try_get_by_index(0).map_err(doing(asking))).collect()
}

/// A physical name as MariaDB and MySQL quote it. It holds no quote of its own.
fn ticked(name: &PhysicalName) -> String {
    format!("`{name}`")
}

/// Waits until nobody else makes this place, and for as long as the connection lives. Names of locks
/// are the whole server's, and have 64 characters at most: a place's has 63.
pub(crate) async fn lock_place(connection: &DatabaseConnection, name: &PhysicalName) -> Result<()> {
    let locking = "waiting for a place";
    let sql = "SELECT GET_LOCK(CONCAT('place:', SHA1(?)), 60)";
    let lock = Statement::from_sql_and_values(DbBackend::MySql, sql, [name.as_str().into()]);
    let row = connection.query_one_raw(lock).await.map_err(doing(locking))?;
    let locked: Option<i64> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(doing(locking))?.flatten();
    if locked == Some(1) { Ok(()) } else { Err(Error::Busy { place: name.to_string() }) }
}

/// Whether a database of this name is there.
pub(crate) async fn has_database(
    connection: &DatabaseConnection,
    name: &PhysicalName,
) -> Result<bool> {
    let sql = "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?";
    let find = Statement::from_sql_and_values(DbBackend::MySql, sql, [name.as_str().into()]);
    let found = connection.query_one_raw(find).await;
    found.map(|row| row.is_some()).map_err(doing("looking for the tenant's database"))
}

/// Creates a database that must not exist; `false` where one is there. Without `IF NOT EXISTS`, so that
/// a database of someone else is never taken for the tenant's.
pub(crate) async fn create_database(
    connection: &DatabaseConnection,
    name: &PhysicalName,
    create: &str,
) -> Result<bool> {
    match connection.execute_unprepared(create).await {
        Ok(_) => Ok(true),
        Err(error) => {
            if has_database(connection, name).await? {
                return Ok(false);
            }
            Err(doing("creating the tenant's database")(error))
        }
    }
}

/// Makes a database the one that a connection stands in.
pub(crate) async fn enter_database(
    connection: &DatabaseConnection,
    name: &PhysicalName,
) -> Result<()> {
    let entered = connection.execute_unprepared(&format!("USE {}", ticked(name))).await;
    entered.map(drop).map_err(doing("entering the tenant's database"))
}

/// Drops a database with everything in it.
pub(crate) async fn drop_database(
    connection: &DatabaseConnection,
    name: &PhysicalName,
) -> Result<()> {
    let dropped =
        connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {}", ticked(name))).await;
    dropped.map(drop).map_err(doing("dropping the tenant's database"))
}

/// Writes what a file holds at this moment into another one that must not be there
/// (<https://www.sqlite.org/lang_vacuum.html>).
pub(crate) async fn copy_into(connection: &DatabaseConnection, file: &Path) -> Result<()> {
    let copying = "copying the tenant's file";
    let Some(file) = file.to_str() else {
        let reason = "the folder of the tenants has a name that is no text".to_owned();
        return Err(Error::File { doing: copying, reason });
    };
    let copy =
        Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM main INTO ?1", [file.into()]);
    connection.execute_raw(copy).await.map(drop).map_err(doing(copying))
}

/// The file of a SQLite database.
pub(crate) async fn database_file(connection: &DatabaseConnection) -> Result<String> {
    let sql = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let find = Statement::from_string(DbBackend::Sqlite, sql);
    let asking = "asking for the file of the registry";
    let row = connection.query_one_raw(find).await.map_err(doing(asking))?;
    let file: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(doing(asking))?;
    file.filter(|file| !file.is_empty()).ok_or_else(|| Error::File {
        doing: asking,
        reason: "it has none; a database in memory cannot be shared between files".to_owned(),
    })
}
