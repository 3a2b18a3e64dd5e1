//! The ledger of the application as it was.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set, sea_query::OnConflict,
};
use sea_orm_migration::seaql_migrations;

use crate::{
    error::{Error, Result},
    introspect,
    registry::entity::former_migration,
};

const DOING: &str = "setting the former ledger aside";

/// Takes out of the ledger beside the registry what is not to be kept there. What is not known
/// either, a run would take for the work of a newer release: it is kept in a table of its own.
/// Gives the names of that.
pub(super) async fn set_aside(
    transaction: &DatabaseTransaction,
    kept: &[String],
    known: &[String],
) -> Result<Vec<String>> {
    if !introspect::has_table(transaction, "seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let version = seaql_migrations::Column::Version;
    let outdated = version.is_not_in(kept.iter().map(String::as_str));
    let rows = seaql_migrations::Entity::find().filter(outdated.clone()).all(transaction).await;
    let mut rows = rows.map_err(Error::database(DOING))?;
    let deleted = seaql_migrations::Entity::delete_many().filter(outdated).exec(transaction).await;
    deleted.map_err(Error::database(DOING))?;
    rows.retain(|row| !known.contains(&row.version));
    let names: Vec<String> = rows.iter().map(|row| row.version.clone()).collect();
    if names.is_empty() {
        return Ok(names);
    }
    let former = rows.into_iter().map(|row| former_migration::ActiveModel {
        name: Set(row.version),
        applied_at: Set(row.applied_at),
    });
    former_migration::Entity::insert_many(former)
        .on_conflict(
            OnConflict::column(former_migration::Column::Name)
                .do_nothing_on([former_migration::Column::Name])
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await
        .map_err(Error::database(DOING))?;
    Ok(names)
}
