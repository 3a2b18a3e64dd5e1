//! Runs the shared set: plain SeaORM migrations, once, where the registry lies.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait, Set,
    sea_query::OnConflict,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use super::{ledger, lock};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    introspect,
    registry::{entity, schema},
};

/// What the ledger lacks of the shared set, in order.
pub(crate) fn pending<'m>(
    applied: &[String],
    migrations: &'m [Box<dyn MigrationTrait>],
) -> Vec<&'m dyn MigrationTrait> {
    let is_applied = |name: &str| applied.iter().any(|applied| applied == name);
    migrations.iter().filter(|m| !is_applied(m.name())).map(|m| &**m).collect()
}

/// Applies what is pending of the shared set, each migration in a transaction of its own; the
/// names of those that were applied.
pub(crate) async fn up(
    direct: &DatabaseConnection,
    pending: &[&dyn MigrationTrait],
) -> Result<Vec<String>> {
    let mut newly = Vec::new();
    for migration in pending {
        let transaction = begin_writing(direct).await?;
        lock::take(&transaction, "shared").await?;
        ledger::install(&transaction).await?;
        let applied = ledger::entered(&transaction).await?;
        if !applied.iter().any(|name| name == migration.name()) {
            apply(&transaction, *migration).await?;
            newly.push(migration.name().to_owned());
        }
        transaction.commit().await.map_err(Error::database("committing a shared migration"))?;
    }
    Ok(newly)
}

/// Applies a migration and notes which tables it has made: what is noted is shared, and what is
/// not is unknown to tenants.
async fn apply(transaction: &DatabaseTransaction, migration: &dyn MigrationTrait) -> Result<()> {
    if migration.use_transaction() == Some(false) {
        return Err(Error::UnsupportedDefinition {
            what: format!("`{}` wants to run outside a transaction", migration.name()),
        });
    }
    let failed = |source| Error::MigrationFailed { migration: migration.name().to_owned(), source };
    let before = introspect::tables(transaction).await?;
    migration.up(&SchemaManager::new(transaction)).await.map_err(failed)?;
    begin_again(transaction).await?;
    note_changes(transaction, &before, migration.name()).await?;
    let enter = ledger::enter(transaction.get_database_backend(), migration.name());
    transaction
        .execute_unprepared(&enter)
        .await
        .map_err(Error::database("entering a migration in the ledger"))?;
    Ok(())
}

/// What is noted of a migration is noted together, also where its changes were committed by themselves.
async fn begin_again(transaction: &DatabaseTransaction) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::MySql {
        let begun = transaction.execute_unprepared(ledger::BEGIN_AGAIN).await;
        begun.map_err(Error::database("noting a shared migration"))?;
    }
    Ok(())
}

/// Takes shared migrations of these names back, the newest first; the names of those that were.
pub(crate) async fn down(
    direct: &DatabaseConnection,
    migrations: &[Box<dyn MigrationTrait>],
    names: &[String],
) -> Result<Vec<String>> {
    let mut taken_back = Vec::new();
    for migration in migrations.iter().rev() {
        let name = migration.name();
        if !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let transaction = begin_writing(direct).await?;
        lock::take(&transaction, "shared").await?;
        if ledger::applied(&transaction).await?.iter().any(|applied| applied == name) {
            let failed = |source| Error::MigrationFailed { migration: name.to_owned(), source };
            let before = introspect::tables(&transaction).await?;
            migration.down(&SchemaManager::new(&transaction)).await.map_err(failed)?;
            begin_again(&transaction).await?;
            note_changes(&transaction, &before, name).await?;
            let leave = ledger::leave(transaction.get_database_backend(), name);
            super::tenant::write_ledger(&transaction, &leave).await?;
            taken_back.push(name.to_owned());
        }
        transaction.commit().await.map_err(Error::database("committing a shared migration"))?;
    }
    Ok(taken_back)
}

/// Notes which tables there are now that were not there before, and which are gone.
async fn note_changes(
    transaction: &DatabaseTransaction,
    before: &[String],
    migration: &str,
) -> Result<()> {
    let after = introspect::tables(transaction).await?;
    for table in after.iter().filter(|table| !before.contains(table)) {
        note(transaction, table, migration, None).await?;
    }
    for table in before.iter().filter(|table| !after.contains(table)) {
        note(transaction, table, migration, Some(migration)).await?;
    }
    schema::raise_catalog_generation(transaction).await
}

/// Notes a shared table. One that is dropped stays noted: its name is never a tenant table's, since
/// a process from before the change would go on reading it as shared.
pub(super) async fn note(
    transaction: &DatabaseTransaction,
    table: &str,
    migration: &str,
    dropped_by: Option<&str>,
) -> Result<()> {
    let row = entity::shared_table::ActiveModel {
        name: Set(table.to_owned()),
        migration: Set(migration.to_owned()),
        dropped_by: Set(dropped_by.map(str::to_owned)),
    };
    let conflict = OnConflict::column(entity::shared_table::Column::Name)
        .update_columns([
            entity::shared_table::Column::Migration,
            entity::shared_table::Column::DroppedBy,
        ])
        .to_owned();
    entity::shared_table::Entity::insert(row)
        .on_conflict(conflict)
        .exec_without_returning(transaction)
        .await
        .map_err(Error::database("noting a shared table"))?;
    Ok(())
}
