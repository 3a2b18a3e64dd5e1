//! The only place of this crate that sends SQL. Names come as `PhysicalName`, which is checked.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tenancy_core::{Error, PhysicalName, Result};

fn doing(doing: &'static str) -> impl FnOnce(sea_orm::DbErr) -> Error {
    move |source| Error::Database { doing, source }
}

/// Creates a schema that must not exist: without `IF NOT EXISTS`, so that a schema of someone else
/// is never taken for the tenant's.
pub(crate) fn create_schema(schema: &PhysicalName) -> String {
    format!("CREATE SCHEMA {}", schema.quoted())
}

pub(crate) async fn drop_schema(direct: &DatabaseConnection, schema: &PhysicalName) -> Result<()> {
    direct
        .execute_unprepared(&format!("DROP SCHEMA IF EXISTS {} CASCADE", schema.quoted()))
        .await
        .map_err(doing("dropping the tenant's schema"))?;
    Ok(())
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
