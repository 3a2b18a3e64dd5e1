//! [`Cap`]: how many connections the pools of one address hold together.

#[cfg(feature = "postgres")]
use std::sync::{Arc, Mutex, PoisonError, Weak};

#[cfg(feature = "postgres")]
use sea_orm::sqlx::{
    PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

#[cfg(feature = "postgres")]
use super::{Watch, sessions::Sessions};

/// How many connections the pools of one address hold together.
///
/// Each of the pools may grow to its own limit. One that opens a connection when there are as many
/// as there may be closes an idle one, of the pool that was opened first if it has any; where none is
/// idle, the next that is given back is closed instead. So there are more only while all of them are in
/// use, and nobody waits for a connection that lies idle elsewhere.
#[cfg(feature = "postgres")]
#[derive(Debug)]
pub(crate) struct Cap {
    most: u32,
    watch: Watch,
    pools: Mutex<Vec<PgPool>>,
    /// Where connections lie at hand that are idle in no pool.
    sessions: Mutex<Vec<Weak<Sessions>>>,
}

/// There is none without the feature `postgres`.
#[cfg(not(feature = "postgres"))]
#[derive(Debug)]
pub(crate) enum Cap {}

#[cfg(feature = "postgres")]
impl Cap {
    pub(crate) fn new(most: u32, watch: Watch) -> Arc<Self> {
        Arc::new(Self { most, watch, pools: Mutex::default(), sessions: Mutex::default() })
    }

    /// Has a pool to be opened keep to the cap, together with the others that do, and its connections
    /// be looked at, beside others that are opened with the options `to`.
    ///
    /// The cap holds the pools, so they do not hold it: nobody would ever close pools that were dropped.
    pub(crate) fn hold(
        self: &Arc<Self>,
        options: PgPoolOptions,
        to: Option<Arc<PgConnectOptions>>,
    ) -> PgPoolOptions {
        let (opening, closing) = (Arc::downgrade(self), Arc::downgrade(self));
        let watch = self.watch.clone();
        options
            .after_connect(move |connection, _| {
                let (cap, watch, to) = (opening.upgrade(), watch.clone(), to.clone());
                Box::pin(async move {
                    if let Some(cap) = cap {
                        cap.has_room().await;
                    }
                    match to {
                        Some(to) => watch.look(connection, &to).await,
                        None => Ok(()),
                    }
                })
            })
            .after_release(move |_, _| {
                let cap = Weak::upgrade(&closing);
                Box::pin(async move {
                    // What is in use is known to whoever uses it; what lies idle goes first.
                    Ok(match cap {
                        Some(cap) => cap.has_room().await,
                        None => true,
                    })
                })
            })
    }

    /// Counts a pool's connections from now on.
    pub(crate) fn join(&self, pool: PgPool) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| !pool.is_closed());
        pools.push(pool);
    }

    /// Has those among a pool's connections be idle too that lie at hand.
    pub(crate) fn join_sessions(&self, sessions: &Arc<Sessions>) {
        let mut joined = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        joined.push(Arc::downgrade(sessions));
    }

    /// One that lies at hand, which goes only where none is idle in a pool: it was in use just now.
    fn at_hand(&self) -> Option<PoolConnection<Postgres>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().filter_map(Weak::upgrade).find_map(|sessions| sessions.spare())
    }

    fn is_exceeded(&self) -> bool {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.iter().map(PgPool::size).sum::<u32>() > self.most
    }

    /// Closes an idle connection if there are too many; `false` when none of them is idle.
    async fn has_room(&self) -> bool {
        if !self.is_exceeded() {
            return true;
        }
        let idle = {
            let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
            pools.iter().find_map(PgPool::try_acquire)
        };
        let Some(idle) = idle.or_else(|| self.at_hand()) else { return false };
        // Its server process goes whether or not the parting is answered.
        drop(idle.close().await);
        true
    }
}
