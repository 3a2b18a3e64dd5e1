//! A transaction, and what is under way in it.
//!
//! Whoever asks for something may go away before the answer is there. The driver of MariaDB and MySQL
//! loses count of the answers then: what comes next on the connection reads them as its own, or waits
//! for one that never comes. So each statement comes to its end there, in a task that holds the
//! transaction, and on every database so does the beginning of a transaction within one.
//!
//! One thing at a time is under way. A transaction ends, also by being dropped, when nothing is, and one
//! within it before it.

use std::{
    future::Future as _,
    ops::Deref,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, TransactionOptions};
use tokio::{
    runtime::Handle,
    sync::{Mutex, MutexGuard, OwnedMutexGuard, OwnedSemaphorePermit},
};

use crate::{
    databases::{self, Transaction},
    error::{Error, Result},
};

/// A transaction that ends when nothing is under way in it.
#[derive(Debug)]
pub(crate) struct Held {
    /// There until it ends.
    inner: Option<Arc<Inner>>,
    backend: DbBackend,
    /// Taken by what is under way, here and in the transactions around and within.
    turns: Arc<Mutex<()>>,
}

#[derive(Debug)]
struct Inner {
    transaction: Transaction,
    /// The transaction that it is in, which comes after it.
    outer: Option<Arc<Self>>,
    /// What keeps the connection for the transaction; it comes after it.
    _turn: Option<OwnedSemaphorePermit>,
}

/// Something under way, which may outlive whoever asked for it.
#[derive(Debug)]
pub(super) struct UnderWay {
    inner: Arc<Inner>,
    /// It comes after what it keeps others from.
    _turn: OwnedMutexGuard<()>,
}

impl Deref for UnderWay {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.inner.transaction
    }
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Commit,
    RollBack,
}

impl Held {
    /// Holds a transaction, and what keeps its connection for it.
    pub(super) fn new(transaction: Transaction, turn: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            backend: transaction.get_database_backend(),
            inner: Some(Arc::new(Inner { transaction, outer: None, _turn: turn })),
            turns: Arc::default(),
        }
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.backend
    }

    fn inner(&self) -> Result<&Arc<Inner>, DbErr> {
        // It is gone only with the value itself.
        self.inner.as_ref().ok_or_else(ended)
    }

    /// Waits until nothing else is under way, for what ends with whoever waits for it.
    pub(super) async fn here(&self) -> Result<(&Transaction, MutexGuard<'_, ()>), DbErr> {
        let turn = self.turns.lock().await;
        Ok((&self.inner()?.transaction, turn))
    }

    /// The same, for what comes to its end although nobody waits for it any more.
    pub(super) async fn under_way(&self) -> Result<UnderWay, DbErr> {
        let turn = Arc::clone(&self.turns).lock_owned().await;
        Ok(UnderWay { inner: Arc::clone(self.inner()?), _turn: turn })
    }

    /// Begins a transaction within this one. The drivers lose track of a `SAVEPOINT` that they are not
    /// let finish, and would roll the outer one back instead of the one within it.
    pub(super) async fn within(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let work = self.under_way().await?;
        let begun = databases::to_the_end(async move {
            let transaction = work.within(options).await?;
            let outer = Some(Arc::clone(&work.inner));
            let inner = Inner { transaction, outer, _turn: None };
            Ok(Begun(Some((inner, work))))
        });
        let (inner, _work) = begun.await?.take()?;
        let turns = Arc::clone(&self.turns);
        Ok(Self { inner: Some(Arc::new(inner)), backend: self.backend, turns })
    }

    /// The transaction itself, when nothing is under way in it any more.
    fn alone(&mut self) -> Result<Inner> {
        let inner = self.inner.take().and_then(Arc::into_inner);
        inner.ok_or(Error::TransactionWithin)
    }

    /// The transaction itself, to go on with past the tenant.
    ///
    /// # Errors
    /// [`Error::TransactionWithin`].
    pub(super) async fn into_inner(mut self) -> Result<DatabaseTransaction> {
        let _turn = Arc::clone(&self.turns).lock_owned().await;
        match self.alone()?.transaction {
            Transaction::Plain(plain) => Ok(plain),
            #[cfg(feature = "postgres")]
            Transaction::OfSession(_) => Err(Error::database("going on past the tenant")(ended())),
        }
    }

    /// Ends the transaction. The drivers lose track of the end of one within another as they do of its
    /// beginning.
    pub(super) async fn end(mut self, how: End) -> Result<(), DbErr> {
        let is_within = self.inner.as_ref().is_some_and(|inner| inner.outer.is_some());
        let to_the_end = is_within || self.backend == DbBackend::MySql;
        let work = async move {
            // Until it has ended: what comes later in the outer one is not before it.
            let _turn = Arc::clone(&self.turns).lock_owned().await;
            let Inner { transaction, outer, _turn: _of_pool } = self.alone()?;
            let ended = match how {
                End::Commit => transaction.commit().await,
                End::RollBack => transaction.rollback().await,
            };
            give_up(outer).await;
            ended
        };
        if to_the_end { databases::to_the_end(work).await } else { work.await }
    }

    /// The transaction itself, for tests that look at what is really there.
    #[cfg(feature = "testing")]
    #[expect(clippy::expect_used, reason = "it is gone only with the value itself")]
    pub(super) fn unscoped(&self) -> &Transaction {
        &self.inner().expect("it has not ended").transaction
    }

    /// The transaction, where its connection itself can stream rows and nobody has to see to it that it
    /// comes to an end.
    pub(super) fn streaming(&self) -> Option<&DatabaseTransaction> {
        match &self.inner.as_ref()?.transaction {
            Transaction::Plain(plain) => (self.backend != DbBackend::MySql).then_some(plain),
            #[cfg(feature = "postgres")]
            Transaction::OfSession(_) => None,
        }
    }
}

fn ended() -> DbErr {
    DbErr::Custom("the transaction has ended".to_owned())
}

/// A transaction within another that has begun. Where nobody takes it, it is rolled back before anything
/// else gets its turn.
struct Begun(Option<(Inner, UnderWay)>);

impl Begun {
    fn take(mut self) -> Result<(Inner, UnderWay), DbErr> {
        self.0.take().ok_or_else(ended)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some((inner, turn)) = self.0.take() {
            undo(Arc::new(inner), turn);
        }
    }
}

/// Rolls a transaction back before others get their turn.
fn undo(inner: Arc<Inner>, turn: impl Send + 'static) {
    match (&inner.transaction, Handle::try_current()) {
        // A task tells the server; others leave that to their driver, before whatever comes next.
        #[cfg(feature = "postgres")]
        (Transaction::OfSession(_), Ok(runtime)) => drop(runtime.spawn(async move {
            give_up(Some(inner)).await;
            drop(turn);
        })),
        _ => {
            drop(inner);
            drop(turn);
        }
    }
}

/// Rolls a transaction back that nobody holds any more, and then those around it.
async fn give_up(held: Option<Arc<Inner>>) {
    let mut next = held.and_then(Arc::into_inner);
    while let Some(Inner { transaction, outer, _turn: _of_pool }) = next {
        // Where that fails, whatever is asked for next says so.
        drop(transaction.rollback().await);
        next = outer.and_then(Arc::into_inner);
    }
}

impl Drop for Held {
    /// Rolls the transaction back at its turn: it cannot be while something of the transactions around it
    /// is under way, and has to be before anything that is asked for later.
    fn drop(&mut self) {
        let Some(inner) = self.inner.take() else { return };
        let turns = Arc::clone(&self.turns);
        let mut turn = Box::pin(tokio::task::unconstrained(turns.lock_owned()));
        // Asking once takes the place in the queue.
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => undo(inner, turn),
            Poll::Pending => match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(async move { undo(inner, turn.await) })),
                // The runtime is gone, and whatever was under way with it.
                Err(_) => drop(inner),
            },
        }
    }
}
