//! [`AtWork`]: whether a tenant may use any connection.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::tenant::TenantId;

/// How many tenants of a pool are few. A server process keeps some 8 kB for each of a tenant's tables
/// that it has touched, and with nine pools meets nine times as many tenants.
const FEW: usize = 16;

/// After which time without a statement a tenant is no longer at work, and after twice that at the
/// latest.
const WINDOW: Duration = Duration::from_secs(10);

/// The tenants of a pool that have been at work lately, as far as it matters who they are.
#[derive(Debug)]
pub(super) struct AtWork(Mutex<Seen>);

#[derive(Debug)]
struct Seen {
    now: HashSet<TenantId>,
    before: HashSet<TenantId>,
    since: Instant,
    last: Option<TenantId>,
}

impl Seen {
    fn new(since: Instant) -> Self {
        Self { now: HashSet::new(), before: HashSet::new(), since, last: None }
    }
}

impl Default for AtWork {
    fn default() -> Self {
        Self(Mutex::new(Seen::new(Instant::now())))
    }
}

impl AtWork {
    /// Notes that a tenant is at work, and tells whether every connection may learn its tables: it is
    /// one of few, or so busy that no other came between.
    pub(super) fn may_spread(&self, tenant: TenantId) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.note(tenant, Instant::now())
    }
}

impl Seen {
    fn note(&mut self, tenant: TenantId, at: Instant) -> bool {
        if at.duration_since(self.since) >= WINDOW {
            self.before = mem::take(&mut self.now);
            self.since = at;
        }
        if self.now.len() <= FEW {
            self.now.insert(tenant);
        }
        let is_again = self.last.replace(tenant) == Some(tenant);
        is_again || self.now.len() <= FEW && self.before.len() <= FEW
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{FEW, Seen, WINDOW};
    use crate::tenant::TenantId;

    #[test]
    fn many_are_few_again_when_most_have_stopped() {
        let begun = Instant::now();
        let mut seen = Seen::new(begun);
        let tenants: Vec<TenantId> = (0..=FEW).map(|_| TenantId::generate()).collect();
        let (last, few) = tenants.split_last().unwrap();
        for _ in 0..2 {
            assert!(few.iter().all(|tenant| seen.note(*tenant, begun)));
        }
        assert!(!seen.note(*last, begun));
        assert!(!seen.note(few[0], begun), "one of many");
        assert!(!seen.note(few[1], begun + WINDOW), "the others may come back");
        assert!(seen.note(few[0], begun + 2 * WINDOW));
    }

    #[test]
    fn one_of_many_that_comes_again_and_again_is_as_one_of_few() {
        let begun = Instant::now();
        let mut seen = Seen::new(begun);
        let tenants: Vec<TenantId> = (0..=FEW).map(|_| TenantId::generate()).collect();
        for tenant in &tenants {
            seen.note(*tenant, begun);
        }
        assert!(!seen.note(tenants[0], begun));
        assert!(seen.note(tenants[0], begun));
        assert!(!seen.note(tenants[1], begun));
    }
}
