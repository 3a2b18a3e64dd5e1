//! [`Cap`]: how many connections the pools of one address hold together.

use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "postgres")]
use sea_orm::sqlx::{PgPool, postgres::PgPoolOptions};

/// How many connections the pools of one address hold together.
///
/// Each of the pools may grow to its own limit. One that opens a connection when there are as many
/// as there may be closes an idle one of another pool; where none is idle, the next that is given
/// back is closed instead. So there are more only while all of them are in use, and nobody waits for
/// a connection that lies idle elsewhere.
#[derive(Debug)]
pub(crate) struct Cap {
    most: u32,
    pools: Mutex<Vec<PgPool>>,
}

impl Cap {
    pub(crate) fn new(most: u32) -> Arc<Self> {
        Arc::new(Self { most, pools: Mutex::default() })
    }

    /// Has a pool to be opened keep to the cap, together with the others that do.
    pub(crate) fn hold(self: &Arc<Self>, options: PgPoolOptions) -> PgPoolOptions {
        let (opening, closing) = (Arc::clone(self), Arc::clone(self));
        options
            .after_connect(move |_, _| {
                let cap = Arc::clone(&opening);
                Box::pin(async move {
                    cap.make_room().await;
                    Ok(())
                })
            })
            .after_release(move |_, _| {
                let keep = !closing.is_exceeded();
                Box::pin(async move { Ok(keep) })
            })
    }

    /// Counts a pool's connections from now on.
    pub(crate) fn join(&self, pool: PgPool) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| !pool.is_closed());
        pools.push(pool);
    }

    fn is_exceeded(&self) -> bool {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.iter().map(PgPool::size).sum::<u32>() > self.most
    }

    async fn make_room(&self) {
        if !self.is_exceeded() {
            return;
        }
        let idle = {
            let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
            pools.iter().find_map(PgPool::try_acquire)
        };
        if let Some(idle) = idle {
            // Its server process goes whether or not the parting is answered.
            drop(idle.close().await);
        }
    }
}
