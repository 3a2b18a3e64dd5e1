//! [`SessionTransaction`]: a transaction on a session.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::Stream;
use sea_orm::{
    DbErr, ExecResult, QueryResult, Statement, TransactionOptions,
    sqlx::{self, Connection as _},
};
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
    shared: Option<Arc<Shared>>,
    /// Its name, where it is a savepoint.
    savepoint: Option<String>,
}

/// What a transaction and those within it have in common.
#[derive(Debug)]
struct Shared {
    session: Arc<Mutex<Session>>,
    /// Whether a savepoint was left that nobody could roll back to. What it was in cannot be committed.
    is_lost: AtomicBool,
}

/// What a transaction begins with.
fn modes(options: TransactionOptions) -> String {
    let TransactionOptions { isolation_level, access_mode, sqlite_transaction_mode: _ } = options;
    let mut modes = String::new();
    // Writing to a text does not fail.
    if let Some(level) = isolation_level {
        let _ = write!(modes, " ISOLATION LEVEL {level}");
    }
    if let Some(mode) = access_mode {
        let _ = write!(modes, " {mode}");
    }
    modes
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
        let mut begin = format!("BEGIN{}", modes(options));
        if !then.is_empty() {
            let _ = write!(begin, "; {then}");
        }
        session.control(&begin).await?;
        let session = Arc::new(Mutex::new(session));
        let shared = Shared { session, is_lost: AtomicBool::new(false) };
        Ok(Self { shared: Some(Arc::new(shared)), savepoint: None })
    }

    /// Begins a transaction within this one.
    pub(crate) async fn within(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let shared = Arc::clone(self.shared()?);
        let mut session = shared.session.lock().await;
        if let Some(stale) = session.come_in_step().await? {
            return Err(stale);
        }
        session.savepoints += 1;
        let name = format!("tenancy_{}", session.savepoints);
        let mut begin = format!("SAVEPOINT {name}");
        let modes = modes(options);
        if !modes.is_empty() {
            let _ = write!(begin, "; SET TRANSACTION{modes}");
        }
        let begun = session.control(&begin).await;
        drop(session);
        let mut savepoint = Self { shared: Some(shared), savepoint: Some(name) };
        if let Err(error) = begun {
            // No other has its name: where it was not made, nothing is rolled back and nothing lost.
            let undo = savepoint.undoing();
            drop(savepoint.end(&undo).await);
            savepoint.shared = None;
            return Err(error);
        }
        Ok(savepoint)
    }

    fn shared(&self) -> Result<&Arc<Shared>, DbErr> {
        // It is gone only with the value itself.
        self.shared.as_ref().ok_or_else(|| DbErr::Custom("the transaction has ended".to_owned()))
    }

    async fn session(&self) -> Result<OwnedMutexGuard<Session>, DbErr> {
        Ok(Arc::clone(&self.shared()?.session).lock_owned().await)
    }

    /// How it is rolled back; a savepoint is gone then.
    fn undoing(&self) -> String {
        match &self.savepoint {
            None => "ROLLBACK".to_owned(),
            Some(name) => format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}"),
        }
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        let mut session = self.session().await?;
        // What was cut off in it has failed: the server would only say that it has rolled back.
        let stale = session.come_in_step().await?;
        let is_lost = self.shared()?.is_lost.load(Ordering::SeqCst);
        drop(session);
        if let Some(stale) = stale {
            self.rollback().await?;
            return Err(stale);
        }
        if is_lost && self.savepoint.is_none() {
            self.rollback().await?;
            let lost = "a transaction within this one was given up and could not be rolled back";
            return Err(DbErr::Custom(lost.to_owned()));
        }
        let commit = match &self.savepoint {
            None => "COMMIT".to_owned(),
            Some(name) => format!("RELEASE SAVEPOINT {name}"),
        };
        let ended = self.end(&commit).await;
        if ended.is_err() && self.shared.is_some() {
            // What it is in goes on without it.
            drop(self.rollback().await);
        }
        ended
    }

    pub(crate) async fn rollback(mut self) -> Result<(), DbErr> {
        let undo = self.undoing();
        self.end(&undo).await
    }

    async fn end(&mut self, sql: &str) -> Result<(), DbErr> {
        let mut session = self.session().await?;
        // Whatever was cut off before is of no interest any more.
        session.come_in_step().await?;
        let sent = session.control(sql).await;
        if self.savepoint.is_some() {
            if sent.is_ok() {
                self.shared = None;
            }
            return sent;
        }
        if sent.is_ok() {
            session.in_transaction = false;
        } else {
            session.make_sure().await;
        }
        drop(session);
        // Until here it was rolled back where nobody waited any more.
        if let Some(shared) = self.shared.take() {
            give_back(shared);
        }
        sent
    }

    pub(crate) async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut session = self.session().await?;
        let sent = send::execute_raw(session.sending()?, statement).await;
        session.answered(sent)
    }

    pub(crate) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut session = self.session().await?;
        let sent = send::execute_unprepared(session.sending()?, sql).await;
        session.answered(sent)
    }

    pub(crate) async fn query_one_raw(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let mut session = self.session().await?;
        let sent = send::query_one_raw(session.sending()?, statement).await;
        session.answered(sent)
    }

    pub(crate) async fn query_all_raw(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut session = self.session().await?;
        let sent = send::query_all_raw(session.sending()?, statement).await;
        session.answered(sent)
    }

    /// What rows can be read from, one after another, while nothing else is under way.
    pub(crate) async fn reader(&self) -> Result<Reader, DbErr> {
        Ok(Reader(self.session().await?))
    }
}

/// Keeps the session of a transaction while its rows are read.
pub(crate) struct Reader(OwnedMutexGuard<Session>);

impl Reader {
    /// The rows of a statement; whether they are read to the end is up to whoever reads them.
    pub(crate) fn stream_raw(
        &mut self,
        statement: Statement,
    ) -> Result<impl Stream<Item = Result<QueryResult, DbErr>> + Send + '_, DbErr> {
        Ok(send::stream_raw(self.0.sending()?, statement))
    }
}

impl Session {
    /// Tells the server where a transaction begins or ends.
    async fn control(&mut self, sql: &str) -> Result<(), DbErr> {
        let sent = send::control(self.sending()?, sql).await;
        self.answered(sent)
    }

    /// The connection, for a statement that may be cut off.
    fn sending(&mut self) -> Result<&mut sqlx::PgConnection, DbErr> {
        self.is_in_step = false;
        self.connection()
    }

    /// Notes that the last statement was not cut off.
    fn answered<T>(&mut self, sent: Result<T, DbErr>) -> Result<T, DbErr> {
        self.is_in_step = sent.is_ok();
        sent
    }

    /// Rolls back where the server has refused to end the transaction, which may or may not have ended it;
    /// where that is refused too, the session is nobody's any more.
    async fn make_sure(&mut self) {
        let is_answered = self.come_in_step().await.is_ok();
        if is_answered && self.control("ROLLBACK").await.is_ok() {
            self.in_transaction = false;
        }
    }

    /// Reads what the server still had to say to a statement that was cut off, which may be that it
    /// failed: the driver would take that for the answer to whatever comes next, and not send it.
    async fn come_in_step(&mut self) -> Result<Option<DbErr>, DbErr> {
        let mut stale = None;
        while !self.is_in_step {
            match self.connection()?.ping().await {
                Ok(()) => self.is_in_step = true,
                Err(error @ sqlx::Error::Database(_)) => {
                    stale.get_or_insert(send::not_queried(error));
                }
                Err(error) => return Err(send::not_queried(error)),
            }
        }
        Ok(stale)
    }
}

/// Gives the session of a transaction back, which is closed where that has not ended.
fn give_back(shared: Arc<Shared>) {
    let session = Arc::into_inner(shared).and_then(|shared| Arc::into_inner(shared.session));
    if let Some(session) = session {
        session.into_inner().rest();
    }
}

async fn roll_back(shared: Arc<Shared>) {
    shared.session.lock().await.make_sure().await;
    give_back(shared);
}

impl Drop for SessionTransaction {
    /// Rolls a transaction back that nobody has ended. A savepoint is rolled back by whoever holds it, at
    /// its turn; where that could not be, what it was in cannot be committed.
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        if self.savepoint.is_some() {
            shared.is_lost.store(true, Ordering::SeqCst);
        } else if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(roll_back(shared)));
        }
    }
}
