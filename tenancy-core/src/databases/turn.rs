//! [`Turn`]: where a statement or a transaction runs, when its turn has come.

#[cfg(feature = "postgres")]
use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, ExecResult, QueryResult, Statement, StreamTrait,
    TransactionOptions,
};
use tokio::sync::OwnedSemaphorePermit;

use super::transaction::Transaction;
#[cfg(feature = "postgres")]
use super::{
    sessions::{SessionTransaction, Sessions},
    to_the_end,
};

/// A pool that has a connection free for whoever holds this.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) connection: DatabaseConnection,
    /// What keeps the connection for its holder; `None` of a pool in which everybody waits.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
    /// The sessions of the pool, which are at hand where it is PostgreSQL's.
    #[cfg(feature = "postgres")]
    pub(crate) sessions: Option<Arc<Sessions>>,
}

/// The rows of a statement.
type Rows = <DatabaseConnection as StreamTrait>::Stream<'static>;

/// Sends what a method of SeaORM's connections takes, on a session where there are any.
macro_rules! send {
    ($turn:ident, $method:ident, $statement:expr) => {{
        #[cfg(feature = "postgres")]
        if let Some(sessions) = &$turn.sessions {
            return Box::pin(sessions.$method($statement)).await;
        }
        $turn.connection.$method($statement).await
    }};
}

impl Turn {
    /// A turn on a pool in which everybody waits.
    pub(crate) fn of(connection: DatabaseConnection) -> Self {
        Self {
            connection,
            permit: None,
            #[cfg(feature = "postgres")]
            sessions: None,
        }
    }

    pub(crate) async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        send!(self, execute_raw, statement)
    }

    pub(crate) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        send!(self, execute_unprepared, sql)
    }

    pub(crate) async fn query_one_raw(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        send!(self, query_one_raw, statement)
    }

    pub(crate) async fn query_all_raw(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        send!(self, query_all_raw, statement)
    }

    /// The rows of a statement, one after another.
    pub(crate) async fn stream_raw(&self, statement: Statement) -> Result<Rows, DbErr> {
        #[cfg(feature = "postgres")]
        if let Some(sessions) = &self.sessions {
            let connection = sessions.take().await?.into_connection()?;
            return Ok(Rows::from((connection, statement, None)));
        }
        self.connection.stream_raw(statement).await
    }

    /// Begins a transaction, also if whoever wants it goes away meanwhile: the driver loses track of a
    /// `BEGIN` that it is not let finish, and the next who got the connection would write into a
    /// transaction that nobody commits. Begun to the end, it is rolled back when nobody takes it.
    pub(crate) async fn begin(&self, options: TransactionOptions) -> Result<Transaction, DbErr> {
        self.begin_with(options, "").await
    }

    /// The same, with statements that are sent with it.
    pub(crate) async fn begin_with(
        &self,
        options: TransactionOptions,
        then: &str,
    ) -> Result<Transaction, DbErr> {
        let then = then.to_owned();
        #[cfg(feature = "postgres")]
        if let Some(sessions) = &self.sessions {
            // Who does not wait any more until there is one begins nothing.
            let session = sessions.take().await?;
            let begin = async move { SessionTransaction::begin(session, options, &then).await };
            let begun = to_the_end(begin);
            return begun.await.map(Transaction::OfSession);
        }
        let transaction = super::begin(&self.connection, options).await?;
        if !then.is_empty() {
            transaction.execute_unprepared(&then).await?;
        }
        Ok(Transaction::Plain(transaction))
    }

    /// Lets whoever takes a connection from the pool itself find one.
    pub(crate) async fn make_room(&self) {
        #[cfg(feature = "postgres")]
        if let Some(sessions) = &self.sessions {
            sessions.make_room().await;
        }
    }
}
