//! [`SubPools`]: pools that each serve some of the tenants.

use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, future};
use sea_orm::{DatabaseConnection, DbErr, error::ConnAcquireErr};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

#[cfg(feature = "postgres")]
use super::sessions::Sessions;
use super::{Turn, at_work::AtWork};
use crate::tenant::TenantId;

/// For how long a statement waits for a pool of its tenant while another one is free. Most take less, so
/// that waiting is cheaper than having a connection learn the tenant's tables that does not know them.
const PATIENCE: Duration = Duration::from_millis(2);

/// How many wait for each connection of a pool before others turn to another pool.
const QUEUE: usize = 3;

/// The pools that statements of tenants run on where each tenant has tables of its own.
///
/// A connection learns the tables that it touches, and a server process keeps what it has learned. So
/// a tenant keeps to one of the pools, or to a second one when too many wait for that; only when both
/// have been busy for a while, to any that is not. Where few tenants are at work, or one is by far the
/// busiest, every connection may learn them, and none waits while a connection is idle.
#[derive(Debug)]
pub(crate) struct SubPools {
    pools: Box<[SubPool]>,
    /// Who has been at work, of the tenants of each pool.
    at_work: Box<[AtWork]>,
    /// What is left beside them, for statements that are no tenant's.
    rest: SubPool,
    acquire_timeout: Duration,
}

#[derive(Debug)]
struct SubPool {
    connection: DatabaseConnection,
    #[cfg(feature = "postgres")]
    sessions: Arc<Sessions>,
    /// As many permits as the pool has connections: who has one does not wait in the pool.
    free: Arc<Semaphore>,
    /// How many connections it has.
    size: usize,
    /// How many wait for it and not yet for any.
    waiting: AtomicUsize,
}

impl SubPools {
    /// Pools with as many connections as stand beside them, of which there must be one, and one with a
    /// connection that belongs to none of them.
    #[cfg(feature = "postgres")]
    pub(crate) fn new(
        pools: Vec<(DatabaseConnection, u32)>,
        rest: DatabaseConnection,
        acquire_timeout: Duration,
    ) -> Option<Self> {
        let pools: Box<[SubPool]> =
            pools.into_iter().map(|(connection, size)| SubPool::new(connection, size)).collect();
        let rest = SubPool::new(rest, 1);
        let at_work = pools.iter().map(|_| AtWork::default()).collect();
        (!pools.is_empty()).then_some(Self { pools, at_work, rest, acquire_timeout })
    }

    /// The pools of tenants, where nothing lies at hand any more.
    pub(crate) fn given_up(&self) -> impl Iterator<Item = &DatabaseConnection> {
        self.pools.iter().map(|pool| {
            #[cfg(feature = "postgres")]
            pool.sessions.give_up();
            &pool.connection
        })
    }

    /// The sessions of the pools of tenants.
    #[cfg(feature = "postgres")]
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Arc<Sessions>> {
        self.pools.iter().map(|pool| &pool.sessions)
    }

    /// The pools of tenants, with how many of their connections lie at hand beside them.
    pub(crate) fn with_at_hand(&self) -> impl Iterator<Item = (&DatabaseConnection, usize)> {
        self.pools.iter().map(|pool| (&pool.connection, pool.at_hand()))
    }

    /// The pool of statements that are no tenant's.
    pub(crate) fn rest(&self) -> &DatabaseConnection {
        &self.rest.connection
    }

    /// A connection for a statement or a transaction of a tenant.
    ///
    /// # Errors
    /// [`DbErr::ConnectionAcquire`] when none is free within the time that the configuration allows.
    pub(crate) async fn turn(&self, tenant: TenantId) -> Result<Turn, DbErr> {
        let (first, second) = self.of(tenant);
        let may_spread = self.at_work[first].may_spread(tenant);
        let (first, second) = (&self.pools[first], &self.pools[second]);
        let free = if may_spread { self.idle_by_preference(first) } else { first.try_take() };
        match free {
            Some(turn) => Ok(turn),
            // What has to wait takes no room in the future of each statement.
            None if may_spread => Box::pin(self.turn_of_any(first)).await,
            None => Box::pin(self.turn_of([first, second])).await,
        }
    }

    async fn turn_of(&self, of_tenant: [&SubPool; 2]) -> Result<Turn, DbErr> {
        for pool in of_tenant {
            if let Some(turn) = pool.try_take() {
                return Ok(turn);
            }
            if let Some(turn) = pool.take_soon().await {
                return turn;
            }
        }
        self.any_of(self.pools.iter()).await
    }

    fn by_preference<'a>(
        &'a self,
        first: &'a SubPool,
    ) -> impl Iterator<Item = &'a SubPool> + Clone {
        iter::once(first).chain(&self.pools)
    }

    fn idle_by_preference(&self, first: &SubPool) -> Option<Turn> {
        self.by_preference(first).find_map(SubPool::try_take_idle)
    }

    /// Any connection that is idle, the tenant's own first. One that goes back to its pool is asked by
    /// the driver whether it is in step, which takes as long as a statement; so there are two at least.
    async fn turn_of_any(&self, first: &SubPool) -> Result<Turn, DbErr> {
        let (open, closed): (Vec<&SubPool>, Vec<&SubPool>) =
            self.pools.iter().partition(|pool| pool.open() > 0);
        if open.len() == 1
            && let Some(turn) = closed.into_iter().find_map(SubPool::try_take)
        {
            return Ok(turn);
        }
        self.any_of(self.by_preference(first)).await
    }

    /// A connection for a statement that is no tenant's: the one that is there for them, or any other
    /// that is free. So it needs no connection more, for which one that knows its tenants would go.
    ///
    /// # Errors
    /// Those of [`turn`](Self::turn).
    pub(crate) async fn central_turn(&self) -> Result<Turn, DbErr> {
        if let Some(turn) = self.rest.try_take() {
            return Ok(turn);
        }
        if let Some(turn) = self.rest.take_soon().await {
            return turn;
        }
        self.any_of(iter::once(&self.rest).chain(&self.pools)).await
    }

    /// A connection of the first that has one free.
    async fn any_of<'a>(
        &self,
        pools: impl Iterator<Item = &'a SubPool> + Clone,
    ) -> Result<Turn, DbErr> {
        if let Some(turn) = pools.clone().find_map(SubPool::try_take) {
            return Ok(turn);
        }
        let any = future::select_all(pools.map(|pool| pool.take().boxed()));
        let waited = timeout(self.acquire_timeout, any).await;
        waited.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?.0
    }

    /// The pool of a tenant, and the one that it turns to then: another, wherever there is another.
    fn of(&self, tenant: TenantId) -> (usize, usize) {
        // The lower half of an id is random.
        let (_, random) = tenant.as_uuid().as_u64_pair();
        let count = self.pools.len();
        let at = |random: u64, count: usize| {
            let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
            usize::try_from(random % count).unwrap_or_default()
        };
        let first = at(random, count);
        let beyond = 1 + at(random >> 32, count - 1);
        (first, (first + beyond) % count)
    }
}

impl SubPool {
    #[cfg(feature = "postgres")]
    fn new(connection: DatabaseConnection, connections: u32) -> Self {
        let size = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS);
        let waiting = AtomicUsize::new(0);
        let sessions = Sessions::alone(&connection);
        Self { connection, sessions, free: Arc::new(Semaphore::new(size)), size, waiting }
    }

    fn turn(&self, permit: OwnedSemaphorePermit) -> Turn {
        Turn {
            connection: self.connection.clone(),
            permit: Some(permit),
            #[cfg(feature = "postgres")]
            sessions: Some(Arc::clone(&self.sessions)),
        }
    }

    fn try_take(&self) -> Option<Turn> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(self.turn(permit))
    }

    fn try_take_idle(&self) -> Option<Turn> {
        if self.idle() == 0 { None } else { self.try_take() }
    }

    /// How many connections it has now.
    fn open(&self) -> u32 {
        #[cfg(feature = "postgres")]
        return self.connection.get_postgres_connection_pool().size();
        #[cfg(not(feature = "postgres"))]
        0
    }

    /// How many of them nobody uses, nor the driver.
    fn idle(&self) -> usize {
        #[cfg(feature = "postgres")]
        return self.connection.get_postgres_connection_pool().num_idle() + self.at_hand();
        #[cfg(not(feature = "postgres"))]
        0
    }

    /// How many of those lie at hand.
    #[cfg_attr(not(feature = "postgres"), expect(clippy::unused_self, reason = "there are none"))]
    fn at_hand(&self) -> usize {
        #[cfg(feature = "postgres")]
        return self.sessions.at_hand();
        #[cfg(not(feature = "postgres"))]
        0
    }

    /// Waits a little, where no more wait than the pool has connections; `None` where it is not soon
    /// this one's turn.
    async fn take_soon(&self) -> Option<Result<Turn, DbErr>> {
        let waiting = Waiting::among(self)?;
        let turn = timeout(PATIENCE, self.take()).await;
        drop(waiting);
        turn.ok()
    }

    async fn take(&self) -> Result<Turn, DbErr> {
        let permit = Arc::clone(&self.free).acquire_owned().await;
        let permit =
            permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        Ok(self.turn(permit))
    }
}

/// Counts among those who wait for a pool until it is dropped.
struct Waiting<'a>(&'a SubPool);

impl<'a> Waiting<'a> {
    fn among(pool: &'a SubPool) -> Option<Self> {
        if pool.waiting.fetch_add(1, Ordering::AcqRel) < QUEUE * pool.size {
            return Some(Self(pool));
        }
        pool.waiting.fetch_sub(1, Ordering::AcqRel);
        None
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
