//! Whether a transaction pooler stands between an application and its server: seen by what two
//! connections are given.
//!
//! A connection `first` asks for the process that serves it, and for a text by a prepared statement.
//! A connection `second` begins a transaction, which holds a process, and does the same. Without a
//! pooler `first` keeps its process whatever `second` does. A transaction pooler gives the process
//! that `first` has let go to `second`, or another one to `first` afterwards. Both connections give
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
        sqlx::{self, Connection as _, PgConnection},
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

    pub(super) async fn probe(options: &sqlx::postgres::PgConnectOptions) -> Result<Pooler> {
        let mut first = PgConnection::connect_with(options).await.map_err(failed)?;
        let mut second = PgConnection::connect_with(options).await.map_err(failed)?;
        let seen = look(&mut first, &mut second).await;
        // Closed or not, they are of no further use.
        let _ = tokio::join!(first.close(), second.close());
        seen
    }

    async fn look(first: &mut PgConnection, second: &mut PgConnection) -> Result<Pooler> {
        let (pid, _) = match ask(first, FIRST).await {
            // A statement that somebody else has left in the process.
            Err(error) if is_of_statements(&error) => return Ok(Pooler::NotTracking),
            answer => answer.map_err(failed)?,
        };
        sqlx::raw_sql("BEGIN").execute(&mut *second).await.map_err(failed)?;
        let held = ask(second, SECOND).await;
        let (other, is_own) = match held {
            Err(error) if is_of_statements(&error) => return Ok(Pooler::NotTracking),
            held => held.map(|(pid, text)| (pid, text == "second")).map_err(failed)?,
        };
        let mut asking = Box::pin(ask(first, FIRST));
        let answered = tokio::time::timeout(PATIENCE, &mut asking).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut *second).await.map_err(failed)?;
        // Whoever waited has an answer now; a server that is slow has given its own process.
        let again = match answered {
            Ok(again) => again,
            Err(_) => asking.await,
        };
        match again {
            Err(error) if is_of_statements(&error) => Ok(Pooler::NotTracking),
            again => {
                let (now, text) = again.map_err(failed)?;
                let is_pooled = other == pid || now != pid;
                Ok(match is_pooled {
                    _ if !is_own || text != "first" => Pooler::NotTracking,
                    true => Pooler::Tracking,
                    false => Pooler::NotSeen,
                })
            }
        }
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

/// There is no server without the feature `postgres`.
#[cfg(not(feature = "postgres"))]
pub(crate) async fn probe(_connection: &DatabaseConnection) -> Result<Pooler> {
    Ok(Pooler::NotSeen)
}
