//! Whether a transaction pooler stands between an application and its server: seen by what two
//! connections are given.
//!
//! A connection `first` asks for the process that serves it, and for a text by a prepared statement.
//! A connection `second` begins a transaction, which holds a process, and does the same. Without a
//! pooler `first` keeps its process whatever `second` does. A transaction pooler gives the process
//! that `first` has let go to `second`, or another one to `first` afterwards; one that gives out the
//! process that has waited longest gives `first` another one when it asks twice. Both connections give
//! their statement the same name: a pooler that does not keep the statements of its clients apart
//! refuses one of them, or runs the other's.

use sea_orm::DatabaseConnection;

use crate::error::Result;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "without a server there is no pooler to see")
)]
pub(crate) enum Pooler {
    /// A connection keeps its process: there is none, or one that gives each session its own.
    NotSeen,
    /// Transactions of one connection run in different processes, and its prepared statements
    /// follow it.
    Tracking,
    /// The same, and prepared statements do not follow.
    NotTracking,
}

#[cfg(feature = "postgres")]
mod probe {
    use std::time::Duration;

    use sea_orm::{
        DbErr, RuntimeErr,
        sqlx::{self, Connection as _, PgConnection, postgres::PgConnectOptions},
    };

    use super::Pooler;
    use crate::error::{Error, Result};

    /// A pooler with a single process makes `first` wait for `second`; so long, at most.
    const PATIENCE: Duration = Duration::from_secs(2);

    type Answer = Result<(i32, String), sqlx::Error>;

    fn failed(error: sqlx::Error) -> Error {
        let source = DbErr::Conn(RuntimeErr::SqlxError(error.into()));
        Error::Database { doing: "looking for a pooler", source }
    }

    /// 42P05: a statement of the name is there already; 26000: none is.
    fn is_of_statements(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(|error| error.code());
        code.is_some_and(|code| code == "42P05" || code == "26000")
    }

    async fn ask(connection: &mut PgConnection, sql: &'static str) -> Answer {
        sqlx::query_as(sql).fetch_one(connection).await
    }

    const FIRST: &str = "SELECT pg_catalog.pg_backend_pid(), 'first'";
    const SECOND: &str = "SELECT pg_catalog.pg_backend_pid(), 'second'";

    pub(super) async fn probe(options: &PgConnectOptions) -> Result<Pooler> {
        let mut first = PgConnection::connect_with(options).await.map_err(failed)?;
        let seen = beside(&mut first, options).await.map_err(failed);
        // Closed or not, it is of no further use.
        drop(first.close().await);
        seen
    }

    pub(super) async fn beside(
        first: &mut PgConnection,
        options: &PgConnectOptions,
    ) -> Result<Pooler, sqlx::Error> {
        let mut second = PgConnection::connect_with(options).await?;
        let seen = look(first, &mut second).await;
        drop(second.close().await);
        match seen {
            Err(error) if is_of_statements(&error) => Ok(Pooler::NotTracking),
            seen => seen,
        }
    }

    async fn look(
        first: &mut PgConnection,
        second: &mut PgConnection,
    ) -> Result<Pooler, sqlx::Error> {
        let (pid, text) = ask(first, FIRST).await?;
        let mut is_own = text == "first";
        sqlx::raw_sql("BEGIN").execute(&mut *second).await?;
        let (other, text) = ask(second, SECOND).await?;
        is_own &= text == "second";
        let mut asking = Box::pin(ask(first, FIRST));
        let answered = tokio::time::timeout(PATIENCE, &mut asking).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut *second).await?;
        // Whoever waited has an answer now; a server that is slow has given its own process.
        let answered = match answered {
            Ok(answered) => answered,
            Err(_) => asking.as_mut().await,
        };
        drop(asking);
        let mut is_pooled = other == pid;
        for answer in [answered, ask(first, FIRST).await, ask(first, FIRST).await] {
            let (now, text) = answer?;
            is_pooled |= now != pid;
            is_own &= text == "first";
        }
        Ok(match (is_own, is_pooled) {
            (false, _) => Pooler::NotTracking,
            (true, true) => Pooler::Tracking,
            (true, false) => Pooler::NotSeen,
        })
    }
}

/// Looks for a transaction pooler before a PostgreSQL server, over two connections of its own.
///
/// It is told from none by what it does to connections, so one that happens to give each of the two
/// the same process twice is not seen.
#[cfg(feature = "postgres")]
pub(crate) async fn probe(connection: &DatabaseConnection) -> Result<Pooler> {
    let options = connection.get_postgres_connection_pool().connect_options();
    probe::probe(&options).await
}

/// The same for a connection that is there already, beside which another one is opened.
#[cfg(feature = "postgres")]
pub(crate) async fn probe_beside(
    connection: &mut sea_orm::sqlx::PgConnection,
    options: &sea_orm::sqlx::postgres::PgConnectOptions,
) -> Result<Pooler, sea_orm::sqlx::Error> {
    probe::beside(connection, options).await
}

/// There is no server without the feature `postgres`.
#[cfg(not(feature = "postgres"))]
pub(crate) async fn probe(_connection: &DatabaseConnection) -> Result<Pooler> {
    Ok(Pooler::NotSeen)
}
