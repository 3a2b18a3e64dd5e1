//! A migration outside any transaction: one step on a connection of its own, which may have been cut
//! off before.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::{
    databases,
    error::{Error, Result},
    migrate::{
        change::SchemaChange,
        layout::{LaidOutMigration, LaidOutStep},
        ledger, lock, render,
        step::Step,
        tenant::{Entering, Place},
    },
    strategy::Route,
};

/// How often the place's lock is tried before another run is said to work on it.
const ATTEMPTS: u32 = 50;

/// How long it waits in between. Waiting within the database would hold a snapshot, for whose end
/// the building of an index waits.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs the step, and tells whether it had to: where it can run in a transaction like any other, it
/// is left to that. It is entered in the ledger afterwards; a run that is cut off between the two
/// finds the step done.
pub(super) async fn apply(
    route: &Route,
    place: Place<'_>,
    migration: &LaidOutMigration,
    entering: Entering<'_>,
) -> Result<bool> {
    if route.connection.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let path = route.schema.as_ref().map(|schema| entering.path(schema));
    let single = databases::open_single(&route.connection, path).await?;
    let applied = locked(&single, place, migration).await;
    // Its locks end with it.
    let closed = single.close().await;
    applied?;
    closed.map_err(Error::database("closing the migration's connection"))?;
    Ok(true)
}

async fn locked(
    connection: &DatabaseConnection,
    place: Place<'_>,
    migration: &LaidOutMigration,
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        if lock::try_for_session(connection, place.lock).await? {
            return run(connection, migration).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Busy { place: place.label.to_owned() })
}

async fn run(connection: &DatabaseConnection, migration: &LaidOutMigration) -> Result<()> {
    if ledger::applied(connection).await?.iter().any(|name| name == migration.name()) {
        return Ok(());
    }
    for step in &migration.recorded.up {
        if is_done(connection, step).await? {
            return Ok(());
        }
    }
    for step in migration.outside.iter().flatten() {
        let LaidOutStep::Sql(sql) = step else { continue };
        connection.execute_unprepared(sql).await.map_err(|source| Error::MigrationFailed {
            migration: migration.name().to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// Whether a run that was cut off has done the step. What it left of an index that it was building
/// is dropped.
async fn is_done(connection: &DatabaseConnection, step: &Step) -> Result<bool> {
    match step {
        Step::Schema(SchemaChange::CreateIndex(index)) => {
            let is_valid = validity(connection, &index.name).await?;
            if is_valid == Some(false) {
                let drop = format!("DROP INDEX CONCURRENTLY {}", render::quoted(&index.name));
                let dropped = connection.execute_unprepared(&drop).await;
                dropped.map_err(Error::database("dropping what is left of the index"))?;
            }
            Ok(is_valid == Some(true))
        }
        Step::Schema(SchemaChange::DropIndex { name }) => {
            Ok(validity(connection, name).await?.is_none())
        }
        Step::Schema(_) | Step::Raw(_) | Step::Data(_) | Step::Adapted(_) => Ok(false),
    }
}

/// Whether an index is whole; `None` where there is none.
async fn validity(connection: &DatabaseConnection, index: &str) -> Result<Option<bool>> {
    let doing = Error::database("looking for the index");
    let sql = "SELECT i.indisvalid FROM pg_catalog.pg_index i \
               JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
               WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1";
    let find = Statement::from_sql_and_values(DbBackend::Postgres, sql, [index.into()]);
    let row = connection.query_one_raw(find).await.map_err(&doing)?;
    row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)
}
