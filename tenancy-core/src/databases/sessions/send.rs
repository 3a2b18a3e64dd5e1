//! Sends SeaORM's statements on a connection of the driver's, as SeaORM's own connections do.

use futures_util::{Stream, StreamExt as _};
use sea_orm::{
    DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values,
    sqlx::{self, AssertSqlSafe, Executor as _, PgConnection, Postgres, query::Query},
};
use sea_query_sqlx::SqlxValues;

/// The statement as the driver takes it.
fn prepared(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn not_executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

pub(super) fn not_queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

pub(super) async fn execute_raw(
    connection: &mut PgConnection,
    statement: Statement,
) -> Result<ExecResult, DbErr> {
    let sent = prepared(statement).execute(connection).await;
    sent.map(ExecResult::from).map_err(not_executed)
}

pub(super) async fn execute_unprepared(
    connection: &mut PgConnection,
    sql: &str,
) -> Result<ExecResult, DbErr> {
    let sent = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    sent.map(ExecResult::from).map_err(not_executed)
}

/// Sends what begins or ends a transaction.
pub(super) async fn control(connection: &mut PgConnection, sql: &str) -> Result<(), DbErr> {
    let sent = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    sent.map(drop).map_err(not_queried)
}

pub(super) async fn query_one_raw(
    connection: &mut PgConnection,
    statement: Statement,
) -> Result<Option<QueryResult>, DbErr> {
    let sent = prepared(statement).fetch_optional(connection).await;
    sent.map(|row| row.map(QueryResult::from)).map_err(not_queried)
}

pub(super) async fn query_all_raw(
    connection: &mut PgConnection,
    statement: Statement,
) -> Result<Vec<QueryResult>, DbErr> {
    let sent = prepared(statement).fetch_all(connection).await;
    sent.map(|rows| rows.into_iter().map(QueryResult::from).collect()).map_err(not_queried)
}

pub(super) fn stream_raw(
    connection: &mut PgConnection,
    statement: Statement,
) -> impl Stream<Item = Result<QueryResult, DbErr>> + Send + '_ {
    let rows = prepared(statement).fetch(connection);
    rows.map(|row| row.map(QueryResult::from).map_err(not_queried))
}
