//! Brings the tables of tenants forward, each place in one transaction.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};

use super::{layout::LaidOutMigration, ledger, lock};
use crate::{
    error::{Error, Result},
    name::PhysicalName,
};

/// Whose tables are brought forward.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// For errors: the tenant's slug, or what the tables are.
    pub(crate) label: &'a str,
    /// For the lock: a name that the place has for ever.
    pub(crate) lock: &'a str,
    /// The schema to stand in.
    pub(crate) schema: Option<&'a PhysicalName>,
}

/// Takes the place's lock, steps into its schema, and makes sure that it is the one.
///
/// A search path whose first schema is missing would quietly make the next one current, and the
/// migration would change the tables of someone else.
pub(crate) async fn enter(transaction: &DatabaseTransaction, place: Place<'_>) -> Result<()> {
    lock::take(transaction, place.lock).await?;
    let Some(schema) = place.schema else { return Ok(()) };
    let backend = transaction.get_database_backend();
    if backend != DbBackend::Postgres {
        return Ok(());
    }
    let doing = Error::database("entering the tenant's schema");
    let sql = "SELECT pg_catalog.set_config('search_path', $1, true)";
    let set = Statement::from_sql_and_values(backend, sql, [schema.quoted().into()]);
    transaction.execute_raw(set).await.map_err(&doing)?;
    let current = Statement::from_string(backend, "SELECT pg_catalog.current_schema()::text");
    let row = transaction.query_one_raw(current).await.map_err(&doing)?;
    let current: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?.flatten();
    if current.as_deref() == Some(schema.as_str()) {
        return Ok(());
    }
    Err(Error::WrongPlace {
        slug: place.label.to_owned(),
        reason: format!("its schema `{schema}` is missing"),
    })
}

/// Applies what is pending in a place that was entered; the names of those that were applied.
pub(crate) async fn apply_pending(
    transaction: &DatabaseTransaction,
    place: Place<'_>,
    migrations: &[LaidOutMigration],
    known_before: &[String],
) -> Result<Vec<String>> {
    ledger::install(transaction).await?;
    let applied = ledger::applied(transaction).await?;
    let is_known = |name: &String| {
        known_before.contains(name) || migrations.iter().any(|m| m.recorded.name == *name)
    };
    if let Some(unknown) = applied.iter().find(|name| !is_known(name)) {
        return Err(Error::UnknownMigration {
            place: place.label.to_owned(),
            migration: unknown.clone(),
        });
    }
    let mut newly = Vec::new();
    for migration in migrations {
        let name = &migration.recorded.name;
        if applied.contains(name) {
            continue;
        }
        let message = migration.message(transaction.get_database_backend());
        transaction
            .execute_unprepared(&message)
            .await
            .map_err(|source| Error::MigrationFailed { migration: name.clone(), source })?;
        newly.push(name.clone());
    }
    Ok(newly)
}
