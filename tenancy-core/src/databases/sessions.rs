//! [`Sessions`]: the sessions of a pool of PostgreSQL, some of them at hand.
//!
//! The driver asks each connection that is given back to its pool whether it is in step with the
//! server, which takes as many messages as a statement does. A session that has answered a statement to
//! the end is in step. So it stays at hand for a moment, and the next statement takes it.
//!
//! It goes back to its pool when nobody has wanted it for a while, when somebody waits for the pool, and
//! after some time all the same: there it is counted, tested, and closed when it is old. One that has
//! failed, or whose statement nobody waited for to the end, goes back at once.

mod send;
mod transaction;

use std::{
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    DatabaseConnection, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    error::ConnAcquireErr,
    sqlx::{self, PgConnection, PgPool, Postgres, pool::PoolConnection},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout_at},
};

pub(crate) use self::transaction::SessionTransaction;

/// How long a session lies at hand without a statement before it goes back to its pool, and twice that
/// at the longest.
const REST: Duration = Duration::from_millis(20);

/// How long a session is kept from its pool while statements follow on each other. Whoever takes
/// connections from the pool itself waits no longer for one than that.
const LEASE: Duration = Duration::from_millis(20);

/// The same where nobody else takes connections from the pool, which then only looks how old they are.
const LEASE_ALONE: Duration = Duration::from_secs(1);

/// The sessions of a pool, some of them at hand.
pub(crate) struct Sessions {
    pool: PgPool,
    /// As many permits as the pool has connections: who has one waits in the pool only for those who
    /// take connections from the pool itself, and for the driver.
    free: Arc<Semaphore>,
    /// How many lie at hand; the others are left to whoever takes from the pool itself.
    most: usize,
    rest: Duration,
    lease: Duration,
    at_hand: Mutex<AtHand>,
    /// How many wait in the pool, who come before whoever is next.
    waiting: AtomicUsize,
}

#[derive(Default)]
struct AtHand {
    resting: Vec<Resting>,
    /// Whether a task takes back those that nobody wants.
    is_swept: bool,
}

struct Resting {
    connection: PoolConnection<Postgres>,
    until: Instant,
    since: Instant,
}

/// A connection of a pool, for one who speaks to the server.
pub(crate) struct Session {
    /// There until it is given back.
    connection: Option<PoolConnection<Postgres>>,
    /// When it goes back to its pool, whoever wants it.
    until: Instant,
    /// Whether a transaction is open on it that nobody else may write into.
    in_transaction: bool,
    /// How many savepoints there were in it: no two have the same name.
    savepoints: u64,
    /// Whether the last statement of the transaction was answered, and well.
    is_in_step: bool,
    home: Arc<Sessions>,
    _permit: OwnedSemaphorePermit,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("at_hand", &self.at_hand()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("in_transaction", &self.in_transaction)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// Those of a pool that others take connections from too: half of them may lie at hand.
    pub(crate) fn beside_others(connection: &DatabaseConnection) -> Arc<Self> {
        let pool = connection.get_postgres_connection_pool();
        Self::of(pool, pool.options().get_max_connections() / 2, [REST, LEASE])
    }

    /// Those of a pool that nobody else takes connections from.
    pub(crate) fn alone(connection: &DatabaseConnection) -> Arc<Self> {
        let pool = connection.get_postgres_connection_pool();
        Self::of(pool, pool.options().get_max_connections(), [REST, LEASE_ALONE])
    }

    fn of(pool: &PgPool, most: u32, [rest, lease]: [Duration; 2]) -> Arc<Self> {
        let connections = pool.options().get_max_connections();
        let connections = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            pool: pool.clone(),
            free: Arc::new(Semaphore::new(connections)),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            rest,
            lease,
            at_hand: Mutex::default(),
            waiting: AtomicUsize::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, AtHand> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many lie at hand.
    pub(crate) fn at_hand(&self) -> usize {
        self.lock().resting.len()
    }

    /// A session for a statement or a transaction.
    ///
    /// # Errors
    /// [`DbErr::ConnectionAcquire`] when none is free within the time that the configuration allows, and
    /// [`DbErr::Conn`] when none can be opened.
    pub(crate) async fn take(self: &Arc<Self>) -> Result<Session, DbErr> {
        let mut deadline = None;
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => permit,
            // What has to wait takes no room in the future of each statement.
            Err(_) => Box::pin(self.permit(&mut deadline)).await?,
        };
        let (connection, until) = match self.pick_up() {
            Some(at_hand) => at_hand,
            None => Box::pin(self.acquire(deadline)).await?,
        };
        Ok(Session {
            connection: Some(connection),
            until,
            in_transaction: false,
            savepoints: 0,
            is_in_step: true,
            home: Arc::clone(self),
            _permit: permit,
        })
    }

    /// Waits until a connection is free, and tells until when it may be waited.
    async fn permit(&self, until: &mut Option<Instant>) -> Result<OwnedSemaphorePermit, DbErr> {
        let permit = Arc::clone(&self.free).acquire_owned();
        let deadline = Instant::now() + self.pool.options().get_acquire_timeout();
        *until = Some(deadline);
        let waited = timeout_at(deadline.into(), permit).await;
        let permit = waited.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }

    /// What lies at hand: the last that was put there, which the processor knows best.
    fn pick_up(&self) -> Option<(PoolConnection<Postgres>, Instant)> {
        if self.pool.is_closed() {
            self.give_up();
            return None;
        }
        let Resting { connection, until, .. } = self.lock().resting.pop()?;
        Some((connection, until))
    }

    /// A connection from the pool, which waits by itself where nobody has waited before.
    async fn acquire(
        &self,
        deadline: Option<Instant>,
    ) -> Result<(PoolConnection<Postgres>, Instant), DbErr> {
        let _waiting = Waiting::among(&self.waiting);
        // Whoever puts one there from now on sees that it is waited for.
        if let Some(at_hand) = self.pick_up() {
            return Ok(at_hand);
        }
        let acquired = match deadline {
            None => self.pool.acquire().await,
            Some(deadline) => timeout_at(deadline.into(), self.pool.acquire())
                .await
                .unwrap_or(Err(sqlx::Error::PoolTimedOut)),
        };
        let connection = acquired.map_err(not_acquired)?;
        Ok((connection, Instant::now() + self.lease))
    }

    /// Puts a session at hand, or gives it back to its pool.
    fn put(self: &Arc<Self>, connection: PoolConnection<Postgres>, until: Instant) {
        let since = Instant::now();
        let mut at_hand = self.lock();
        let is_wanted = since >= until || self.waiting.load(Ordering::SeqCst) > 0;
        if is_wanted || at_hand.resting.len() >= self.most || self.pool.is_closed() {
            // Giving it back wakes others up, who are not to find the lock taken.
            drop(at_hand);
            return give_back(connection);
        }
        at_hand.resting.push(Resting { connection, until, since });
        let was_swept = mem::replace(&mut at_hand.is_swept, true);
        drop(at_hand);
        if !was_swept {
            let sweep = Sweep::of(self);
            // A runtime that is ending drops it at once, which takes the lock.
            if let Ok(runtime) = Handle::try_current() {
                drop(runtime.spawn(sweep.run()));
            }
        }
    }

    /// Gives those back that nobody has wanted for a while; `false` when none is left to look after.
    fn sweep(&self) -> bool {
        let now = Instant::now();
        let mut at_hand = self.lock();
        let (back, resting) = mem::take(&mut at_hand.resting)
            .into_iter()
            .partition(|it| now >= it.until || now.duration_since(it.since) >= self.rest);
        at_hand.resting = resting;
        at_hand.is_swept = !at_hand.resting.is_empty();
        let is_swept = at_hand.is_swept;
        drop(at_hand);
        let back: Vec<Resting> = back;
        back.into_iter().for_each(|it| give_back(it.connection));
        is_swept
    }

    /// Gives all back to the pool.
    pub(crate) fn give_up(&self) {
        let back = mem::take(&mut self.lock().resting);
        back.into_iter().for_each(|it| give_back(it.connection));
    }

    /// One of those that lie at hand, to be closed: the one that has done so for longest.
    pub(crate) fn spare(&self) -> Option<PoolConnection<Postgres>> {
        let mut at_hand = self.lock();
        let is_there = !at_hand.resting.is_empty();
        is_there.then(|| at_hand.resting.remove(0).connection)
    }

    /// Has the pool have one for whoever takes it from there.
    pub(crate) async fn make_room(&self) {
        if self.pool.num_idle() > 0 {
            return;
        }
        let Some((mut connection, _)) = self.pick_up() else { return };
        if let Ok(runtime) = Handle::try_current() {
            // It comes to its end though nobody waits: cut off, it would cost a connection.
            drop(runtime.spawn(async move { connection.return_to_pool().await }).await);
        }
    }
}

/// Gives a connection back to its pool, which asks for a runtime to test it; closes it where there is none.
fn give_back(connection: PoolConnection<Postgres>) {
    if Handle::try_current().is_ok() {
        drop(connection);
    } else {
        drop(connection.detach());
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Counts among those who wait in a pool until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The task that takes back what nobody wants. Where its runtime ends before it, the next session that is
/// put at hand begins another.
struct Sweep {
    home: Weak<Sessions>,
    rest: Duration,
    has_ended: bool,
}

impl Sweep {
    fn of(sessions: &Arc<Sessions>) -> Self {
        Self { home: Arc::downgrade(sessions), rest: sessions.rest, has_ended: false }
    }

    async fn run(mut self) {
        loop {
            sleep(self.rest).await;
            let is_left = self.home.upgrade().is_some_and(|home| home.sweep());
            if !is_left {
                self.has_ended = true;
                return;
            }
        }
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if !self.has_ended
            && let Some(home) = self.home.upgrade()
        {
            home.lock().is_swept = false;
        }
    }
}

impl Session {
    fn connection(&mut self) -> Result<&mut PgConnection, DbErr> {
        // It is gone only with the value itself.
        let gone = || DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        self.connection.as_deref_mut().ok_or_else(gone)
    }

    /// Gives it back as the last statement ended.
    fn after<T>(self, sent: Result<T, DbErr>) -> Result<T, DbErr> {
        if sent.is_ok() {
            self.rest();
        }
        sent
    }

    /// Gives it back in step with the server.
    fn rest(mut self) {
        if let Some(connection) = self.connection.take_if(|_| !self.in_transaction) {
            self.home.put(connection, self.until);
        }
    }

    /// The connection alone, which goes back to its pool by itself.
    pub(crate) fn into_connection(mut self) -> Result<PoolConnection<Postgres>, DbErr> {
        let gone = || DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        self.connection.take().ok_or_else(gone)
    }
}

impl Drop for Session {
    /// Gives it back to its pool, or closes it where a transaction is open on it.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Without a runtime it is closed in any case, and asking for that would want one.
        if self.in_transaction && Handle::try_current().is_ok() {
            connection.close_on_drop();
        }
        give_back(connection);
    }
}

/// Why there is no connection, as SeaORM says it.
fn not_acquired(error: sqlx::Error) -> DbErr {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    }
    if matches!(error, sqlx::Error::PoolClosed) {
        return DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
    }
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

/// Statements outside any transaction.
impl Sessions {
    pub(crate) async fn execute_raw(
        self: &Arc<Self>,
        statement: Statement,
    ) -> Result<ExecResult, DbErr> {
        let mut session = self.take().await?;
        let sent = send::execute_raw(session.connection()?, statement).await;
        session.after(sent)
    }

    pub(crate) async fn execute_unprepared(
        self: &Arc<Self>,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        let mut session = self.take().await?;
        let sent = send::execute_unprepared(session.connection()?, sql).await;
        session.after(sent)
    }

    pub(crate) async fn query_one_raw(
        self: &Arc<Self>,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let mut session = self.take().await?;
        let sent = send::query_one_raw(session.connection()?, statement).await;
        session.after(sent)
    }

    pub(crate) async fn query_all_raw(
        self: &Arc<Self>,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut session = self.take().await?;
        let sent = send::query_all_raw(session.connection()?, statement).await;
        session.after(sent)
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
