//! The record of applied migrations, in SeaORM's own table and format.

use chrono::Utc;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryOrder, Schema,
    sea_query::{self, Query, TableCreateStatement},
};
use sea_orm_migration::seaql_migrations::{Column, Entity};

use crate::{
    error::{Error, Result},
    introspect::is_missing_table,
};

pub(crate) const TABLE: &str = "seaql_migrations";

/// What goes on with the transaction of a connection to MariaDB or MySQL, which a change of a table has
/// committed.
pub(crate) const BEGIN_AGAIN: &str = "START TRANSACTION";

/// Creates the ledger where the connection stands, if it is missing.
pub(crate) async fn install<C: ConnectionTrait>(connection: &C) -> Result<()> {
    let backend = connection.get_database_backend();
    let doing = Error::database("creating the ledger");
    if backend == DbBackend::MySql && crate::introspect::has_table(connection, TABLE).await? {
        // Even a table that is there would end the transaction.
        return Ok(());
    }
    connection.execute(&installation(backend)).await.map_err(&doing)?;
    if backend == DbBackend::MySql {
        connection.execute_unprepared(BEGIN_AGAIN).await.map_err(&doing)?;
    }
    Ok(())
}

/// The names of the applied migrations, in order; none where there is no ledger.
pub(crate) async fn applied<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    if !crate::introspect::has_table(connection, TABLE).await? {
        return Ok(Vec::new());
    }
    entered(connection).await
}

/// The same where there is a ledger.
pub(crate) async fn entered<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    let rows = Entity::find()
        .order_by_asc(Column::Version)
        .all(connection)
        .await
        .map_err(Error::database("reading the ledger"))?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// The names of the applied migrations beside the registry, in one statement. It stands outside any
/// transaction, which would not survive that there is no ledger.
pub(crate) async fn beside_registry(database: &DatabaseConnection) -> Result<Vec<String>> {
    match Entity::find().order_by_asc(Column::Version).all(database).await {
        Ok(rows) => Ok(rows.into_iter().map(|row| row.version).collect()),
        Err(error) if is_missing_table(&error) => Ok(Vec::new()),
        Err(error) => Err(Error::database("reading the ledger")(error)),
    }
}

/// The statement that creates the ledger where the connection stands, if it is missing.
pub(crate) fn installation(backend: DbBackend) -> TableCreateStatement {
    Schema::new(backend).create_table_from_entity(Entity).if_not_exists().take()
}

/// The statement that takes a migration out.
pub(crate) fn leave(backend: DbBackend, migration: &str) -> String {
    let delete = Query::delete().from_table(Entity).and_where(Column::Version.eq(migration)).take();
    if backend == DbBackend::Sqlite {
        delete.to_string(sea_query::SqliteQueryBuilder)
    } else if backend == DbBackend::MySql {
        delete.to_string(sea_query::MysqlQueryBuilder)
    } else {
        delete.to_string(sea_query::PostgresQueryBuilder)
    }
}

/// The statement that enters a migration.
pub(crate) fn enter(backend: DbBackend, migration: &str) -> String {
    let insert = Query::insert()
        .into_table(Entity)
        .columns([Column::Version, Column::AppliedAt])
        .values_panic([migration.into(), Utc::now().timestamp().into()])
        .take();
    if backend == DbBackend::Sqlite {
        insert.to_string(sea_query::SqliteQueryBuilder)
    } else if backend == DbBackend::MySql {
        insert.to_string(sea_query::MysqlQueryBuilder)
    } else {
        insert.to_string(sea_query::PostgresQueryBuilder)
    }
}
