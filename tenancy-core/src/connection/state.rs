//! `TenantState`: how a tenant stands, shared by its handles.

use std::{
    ops::Deref,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU8, AtomicUsize, Ordering},
    },
};

use crate::{
    error::{Error, Result},
    tenant::{Tenant, TenantStatus},
};

/// The status and generation of a tenant as this process knows them, shared by its handles.
#[derive(Debug)]
pub(crate) struct TenantState {
    status: AtomicU8,
    generation: AtomicI64,
    /// When the tenant was changed last as far as is known; held while something is learned.
    known_since: Mutex<i64>,
    /// [`HANDLE`] for each handle, and [`VERIFIED`].
    handles: AtomicUsize,
}

/// The registry has been asked since there are handles: what they were opened with may be as old as it
/// likes.
const VERIFIED: usize = 1;
const HANDLE: usize = 2;

/// A state that a handle relies on: whoever hears of changes tells it of them. Without a handle a state
/// may still be remembered, and is told nothing.
#[derive(Debug)]
pub(crate) struct HandleState(Arc<TenantState>);

impl HandleState {
    pub(crate) fn of(state: Arc<TenantState>) -> Self {
        state.handles.fetch_add(HANDLE, Ordering::SeqCst);
        Self(state)
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.handles.load(Ordering::SeqCst) & VERIFIED != 0
    }

    /// Takes over what the registry says now.
    pub(crate) fn verify(&self, now: Option<&Tenant>) {
        now.map_or_else(|| self.end(), |now| self.update(now));
        self.handles.fetch_or(VERIFIED, Ordering::SeqCst);
    }
}

impl Clone for HandleState {
    fn clone(&self) -> Self {
        Self::of(Arc::clone(&self.0))
    }
}

impl Drop for HandleState {
    fn drop(&mut self) {
        // Isolation: with the last handle goes that it was verified, in one step.
        let without = |handles| Some(if handles < 2 * HANDLE { 0 } else { handles - HANDLE });
        let _ = self.0.handles.fetch_update(Ordering::SeqCst, Ordering::SeqCst, without);
    }
}

impl Deref for HandleState {
    type Target = TenantState;

    fn deref(&self) -> &TenantState {
        &self.0
    }
}

/// No status.
const NO_STATUS: u8 = u8::MAX;

impl TenantState {
    pub(crate) fn new(tenant: &Tenant) -> Self {
        Self {
            status: AtomicU8::new(tenant.status as u8),
            generation: AtomicI64::new(tenant.generation),
            known_since: Mutex::new(tenant.updated_at.timestamp_micros()),
            handles: AtomicUsize::new(0),
        }
    }

    /// Whether a handle relies on it now.
    pub(crate) fn has_handles(&self) -> bool {
        self.handles.load(Ordering::SeqCst) >= HANDLE
    }

    /// Takes over what the registry says of the tenant, unless something newer is known.
    pub(crate) fn update(&self, tenant: &Tenant) {
        let since = tenant.updated_at.timestamp_micros();
        self.learn(Some(tenant.status), tenant.generation, since);
    }

    /// The same from a row; `None` is a status that is not known here.
    pub(crate) fn learn(&self, status: Option<TenantStatus>, generation: i64, since: i64) {
        let mut known_since = self.known_since.lock().unwrap_or_else(PoisonError::into_inner);
        if *known_since <= since {
            *known_since = since;
            let status = status.map_or(NO_STATUS, |status| status as u8);
            self.status.store(status, Ordering::Release);
        }
        self.generation.fetch_max(generation, Ordering::AcqRel);
    }

    /// Ends the handles of a tenant that is there no more.
    pub(crate) fn end(&self) {
        let mut known_since = self.known_since.lock().unwrap_or_else(PoisonError::into_inner);
        *known_since = i64::MAX;
        self.status.store(TenantStatus::Deleted as u8, Ordering::Release);
    }

    /// Refuses what comes through a handle whose tenant is out of service or has moved.
    pub(crate) fn check_served(&self, tenant: &Tenant) -> Result<()> {
        let slug = || tenant.slug.to_string();
        if self.generation.load(Ordering::Acquire) != tenant.generation {
            return Err(Error::StaleHandle { slug: slug() });
        }
        match self.status() {
            Some(status) if status.is_served() => Ok(()),
            Some(status) => Err(Error::NotServed { slug: slug(), status }),
            None => Err(Error::StaleHandle { slug: slug() }),
        }
    }

    /// Whether the tenant is in service, as far as is known.
    pub(crate) fn is_served(&self) -> bool {
        self.status().is_some_and(TenantStatus::is_served)
    }

    fn status(&self) -> Option<TenantStatus> {
        let status = self.status.load(Ordering::Acquire);
        TenantStatus::ALL.into_iter().find(|known| *known as u8 == status)
    }
}
