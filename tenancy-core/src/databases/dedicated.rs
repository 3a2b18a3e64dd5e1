//! [`Dedicated`]: a pool of one tenant's own, for libraries that insist on a `DatabaseConnection`.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::DatabaseConnection;
use tokio::{sync::Notify, time::timeout};

use crate::{
    connection::HandleState,
    error::{Error, Result},
    tenant::{Tenant, TenantId},
};

/// The most connections of a tenant's dedicated pool: a transaction, and a statement beside it.
pub(crate) const CONNECTIONS: u32 = 2;

/// How long whoever waits for room waits for word of it before looking.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A pool of one tenant's own, whose connections stand where the tenant's tables lie.
///
/// It is for libraries that take a `DatabaseConnection` and nothing else. Give them a clone of what
/// this dereferences to, and keep this as long as they use it: a pool that nobody holds is closed when
/// another tenant needs the room.
///
/// # What it does not do
/// Statements on it are not scoped: a text that names the schema of another tenant reaches it, unless
/// the database's own rules forbid that. Names without a schema are the tenant's, or fail.
pub struct Dedicated {
    connection: DatabaseConnection,
    lease: Lease,
}

/// What keeps a pool for somebody.
struct Lease {
    /// `None` only while it is given back.
    open: Option<Arc<Open>>,
    returned: Arc<Notify>,
}

impl Deref for Dedicated {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.connection
    }
}

impl fmt::Debug for Dedicated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.lease.open.as_ref().map(|open| open.tenant);
        f.debug_struct("Dedicated").field("tenant", &tenant).finish_non_exhaustive()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            *open.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        // Not before: whoever waits looks whether somebody holds the pool.
        self.returned.notify_one();
    }
}

struct Open {
    tenant: TenantId,
    generation: i64,
    connection: DatabaseConnection,
    used: Mutex<Instant>,
    /// For as long as it is there, the pool is told when the tenant leaves service.
    _state: HandleState,
}

impl Open {
    /// Whether somebody holds it, or a connection of it.
    fn is_used(self: &Arc<Self>) -> bool {
        // One is here.
        let (open, idle, _) = super::pool_use::numbers(&self.connection);
        Arc::strong_count(self) > 1 || usize::try_from(open).is_ok_and(|open| open > idle)
    }

    fn last_used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The dedicated pools that are open: of so many tenants at most, those least recently used going
/// first and none that is in use.
pub(crate) struct DedicatedPools {
    most: usize,
    patience: Duration,
    open: Mutex<Vec<Arc<Open>>>,
    /// Whoever has to wait for room does it in turn.
    queue: tokio::sync::Mutex<()>,
    returned: Arc<Notify>,
}

impl fmt::Debug for DedicatedPools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DedicatedPools").field("most", &self.most).finish_non_exhaustive()
    }
}

impl DedicatedPools {
    pub(crate) fn new(most: u32, patience: Duration) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            patience,
            open: Mutex::default(),
            queue: tokio::sync::Mutex::default(),
            returned: Arc::default(),
        }
    }

    /// The pool of a tenant; opened if it is not open, for which another may have to go.
    pub(crate) async fn lend<F>(
        &self,
        tenant: &Tenant,
        state: &HandleState,
        open: F,
    ) -> Result<Dedicated>
    where
        F: Future<Output = Result<DatabaseConnection>>,
    {
        if let Some(lent) = self.opened(tenant) {
            return Ok(lent);
        }
        let room = async {
            let turn = self.queue.lock().await;
            while !self.make_room() {
                // The last statement on a clone of a pool tells nobody of its end.
                let _ = timeout(LOOK_AGAIN, self.returned.notified()).await;
            }
            turn
        };
        let most = self.most;
        let turn = timeout(self.patience, room).await;
        let _turn = turn.map_err(|_| Error::NoDedicatedPool { most })?;
        // Whoever was here before may have opened it.
        if let Some(lent) = self.opened(tenant) {
            return Ok(lent);
        }
        let open = Arc::new(Open {
            tenant: tenant.id,
            generation: tenant.generation,
            connection: open.await?,
            used: Mutex::new(Instant::now()),
            _state: state.clone(),
        });
        self.pools().push(Arc::clone(&open));
        Ok(self.lent(open))
    }

    fn lent(&self, open: Arc<Open>) -> Dedicated {
        let connection = open.connection.clone();
        let lease = Lease { open: Some(open), returned: Arc::clone(&self.returned) };
        Dedicated { connection, lease }
    }

    fn opened(&self, tenant: &Tenant) -> Option<Dedicated> {
        let pools = self.pools();
        let of_tenant =
            |open: &&Arc<Open>| open.tenant == tenant.id && open.generation == tenant.generation;
        pools.iter().find(of_tenant).map(|open| self.lent(Arc::clone(open)))
    }

    /// Whether there is room for another pool; one that nobody uses makes it.
    fn make_room(&self) -> bool {
        let mut pools = self.pools();
        if pools.len() < self.most {
            return true;
        }
        let unused = pools.iter().enumerate().filter(|(_, open)| !open.is_used());
        let oldest = unused.min_by_key(|(_, open)| open.last_used()).map(|(at, _)| at);
        let Some(oldest) = oldest else { return false };
        close(&pools.swap_remove(oldest).connection);
        true
    }

    /// Closes the pools of a tenant that is not served any more; whoever holds one gets errors.
    pub(crate) fn end(&self, tenant: TenantId) {
        self.pools().retain(|open| {
            let stays = open.tenant != tenant;
            if !stays {
                close(&open.connection);
            }
            stays
        });
        self.returned.notify_one();
    }

    /// The connections of all pools.
    pub(crate) fn connections(&self) -> Vec<DatabaseConnection> {
        self.pools().iter().map(|open| open.connection.clone()).collect()
    }

    pub(crate) fn most(&self) -> u32 {
        u32::try_from(self.most).unwrap_or(u32::MAX).saturating_mul(CONNECTIONS)
    }

    fn pools(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a pool: nothing more begins on it, and its connections go when what runs on them ends.
pub(super) fn close(connection: &DatabaseConnection) {
    let closing = super::pool_use::closing(connection);
    tokio::spawn(closing);
}
