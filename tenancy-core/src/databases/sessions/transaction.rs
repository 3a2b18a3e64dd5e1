//! [`SessionTransaction`]: a transaction on a session.

use std::{fmt::Write as _, sync::Arc};

use futures_util::Stream;
use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, TransactionOptions, sqlx};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard},
};

use super::{Session, send};

/// A transaction on a session, or a savepoint within one.
///
/// Whoever holds it sees to it that one thing at a time is under way in it and those within it, and that
/// a savepoint ends before what it is in.
#[derive(Debug)]
pub(crate) struct SessionTransaction {
    /// There until it ends.
    session: Option<Arc<Mutex<Session>>>,
    /// How many transactions it is in.
    depth: usize,
}

/// How a transaction begins, in one message with what comes before its first statement.
fn opening(options: TransactionOptions, depth: usize, then: &str) -> String {
    let TransactionOptions { isolation_level, access_mode, sqlite_transaction_mode: _ } = options;
    let mut modes = String::new();
    // Writing to a text does not fail.
    if let Some(level) = isolation_level {
        let _ = write!(modes, " ISOLATION LEVEL {level}");
    }
    if let Some(mode) = access_mode {
        let _ = write!(modes, " {mode}");
    }
    let mut sql = match depth {
        0 => format!("BEGIN{modes}"),
        _ if modes.is_empty() => format!("SAVEPOINT tenancy_{depth}"),
        _ => format!("SAVEPOINT tenancy_{depth}; SET TRANSACTION{modes}"),
    };
    if !then.is_empty() {
        let _ = write!(sql, "; {then}");
    }
    sql
}

impl SessionTransaction {
    /// Begins a transaction, and sends `then` with it.
    pub(crate) async fn begin(
        mut session: Session,
        options: TransactionOptions,
        then: &str,
    ) -> Result<Self, DbErr> {
        // Before it is: where its beginning is cut off, nobody else may get the session.
        session.in_transaction = true;
        let begin = opening(options, 0, then);
        send::execute_unprepared(session.connection()?, &begin).await?;
        Ok(Self { session: Some(Arc::new(Mutex::new(session))), depth: 0 })
    }

    /// Begins a transaction within this one.
    pub(crate) async fn within(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let session = Arc::clone(self.session()?);
        let depth = self.depth + 1;
        let mut taken = session.lock().await;
        let begun =
            send::execute_unprepared(taken.connection()?, &opening(options, depth, "")).await;
        drop(taken);
        let savepoint = Self { session: Some(session), depth };
        if let Err(error) = begun {
            // The first error says more than what comes of it.
            drop(savepoint.rollback().await);
            return Err(error);
        }
        Ok(savepoint)
    }

    fn session(&self) -> Result<&Arc<Mutex<Session>>, DbErr> {
        // It is gone only with the value itself.
        self.session.as_ref().ok_or_else(|| DbErr::Custom("the transaction has ended".to_owned()))
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        let commit = match self.depth {
            0 => "COMMIT".to_owned(),
            depth => format!("RELEASE SAVEPOINT tenancy_{depth}"),
        };
        self.end(&commit).await
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        let rollback = match self.depth {
            0 => "ROLLBACK".to_owned(),
            depth => format!("ROLLBACK TO SAVEPOINT tenancy_{depth}"),
        };
        self.end(&rollback).await
    }

    async fn end(mut self, sql: &str) -> Result<(), DbErr> {
        let session = Arc::clone(self.session()?);
        let sent = send::execute_unprepared(session.lock().await.connection()?, sql).await;
        // Until here it was rolled back where nobody waited any more.
        self.session = None;
        if self.depth == 0 {
            give_back(session, &sent).await;
        }
        sent.map(drop)
    }

    pub(crate) async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        send::execute_raw(self.session()?.lock().await.connection()?, statement).await
    }

    pub(crate) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        send::execute_unprepared(self.session()?.lock().await.connection()?, sql).await
    }

    pub(crate) async fn query_one_raw(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        send::query_one_raw(self.session()?.lock().await.connection()?, statement).await
    }

    pub(crate) async fn query_all_raw(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        send::query_all_raw(self.session()?.lock().await.connection()?, statement).await
    }

    /// What rows can be read from, one after another, while nothing else is under way.
    pub(crate) async fn reader(&self) -> Result<Reader, DbErr> {
        Ok(Reader(Arc::clone(self.session()?).lock_owned().await))
    }
}

/// Keeps the session of a transaction while its rows are read.
pub(crate) struct Reader(OwnedMutexGuard<Session>);

impl Reader {
    pub(crate) fn stream_raw(
        &mut self,
        statement: Statement,
    ) -> Result<impl Stream<Item = Result<QueryResult, DbErr>> + Send + '_, DbErr> {
        Ok(send::stream_raw(self.0.connection()?, statement))
    }
}

/// Gives the session of a transaction back when the server was told to end it.
async fn give_back<T>(session: Arc<Mutex<Session>>, sent: &Result<T, DbErr>) {
    // Also where the server refuses a commit, nothing is open any more.
    session.lock().await.in_transaction = !has_answered(sent);
    let session = Arc::into_inner(session).map(Mutex::into_inner);
    if let Some(session) = session.filter(|_| sent.is_ok()) {
        session.rest();
    }
}

/// Whether the server has answered, be it with a refusal.
fn has_answered<T>(sent: &Result<T, DbErr>) -> bool {
    match sent {
        Ok(_) => true,
        Err(DbErr::Exec(RuntimeErr::SqlxError(error))) => {
            matches!(error.as_ref(), sqlx::Error::Database(_))
        }
        Err(_) => false,
    }
}

async fn roll_back(session: Arc<Mutex<Session>>) -> Result<(), DbErr> {
    let sent = send::execute_unprepared(session.lock().await.connection()?, "ROLLBACK").await;
    give_back(session, &sent).await;
    sent.map(drop)
}

impl Drop for SessionTransaction {
    /// Rolls a transaction back that nobody has ended. A savepoint is rolled back by whoever holds it, at
    /// its turn.
    fn drop(&mut self) {
        let Some(session) = self.session.take().filter(|_| self.depth == 0) else { return };
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(roll_back(session)));
        }
    }
}
