//! What changes in the registry, told to every process: handles end with their tenants' service, and
//! nothing that is remembered outlives what it rests on.
//!
//! The database tells. On PostgreSQL triggers on the registry's tables notify, in the transaction that
//! writes, whoever listens; elsewhere they raise a number that is looked at twice a second. Whoever
//! writes, this application or a person, and with whatever tool, is seen so. What this process writes
//! itself it knows at once.
//!
//! While nobody tells (the connection is lost, or not there yet), nothing is remembered, and the states
//! of handles are looked at once a second.

#[cfg(feature = "postgres")]
mod listen;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod poll;
mod standing;
pub(crate) mod triggers;
mod watch;

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use quick_cache::DefaultHashBuilder;
use tokio::sync::watch as channel;

use self::standing::Standing;
pub(crate) use self::watch::Watch;
use crate::{
    connection::{HandleState, TenantState},
    databases::dedicated::DedicatedPools,
    tenant::{Tenant, TenantId},
};

/// How many versions there are; what is remembered of different things may rest on the same one, and
/// is forgotten together.
const STRIPES: usize = 4_096;

/// Something in the registry that what is remembered rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject<'a> {
    /// A tenant, with its domains.
    Tenant(TenantId),
    /// Whose a slug is.
    Slug(&'a str),
    /// Whose a domain is.
    Domain(&'a str),
    /// The members of a tenant.
    Members(TenantId),
}

/// The states of tenants by their ids.
type Live = HashMap<TenantId, Arc<TenantState>>;

/// What is known of changes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    is_watching: bool,
    count: u64,
}

/// The versions of what is in the registry, and the states of tenants that have handles.
pub(crate) struct Changes {
    hasher: RandomState,
    stripes: Box<[AtomicU64]>,
    /// Raised when everything may have changed.
    era: AtomicU64,
    /// Raised by every change, before the versions are.
    count: AtomicU64,
    is_watching: AtomicBool,
    states: Mutex<HashMap<TenantId, Weak<TenantState>, DefaultHashBuilder>>,
    told: channel::Sender<Told>,
    /// Pools that end with their tenants' service.
    dedicated: Option<Arc<DedicatedPools>>,
}

/// When a question was asked: its answer may be remembered if nothing has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    era: u64,
    count: u64,
}

/// The versions that an answer rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    era: u64,
    versions: [(usize, u64); 2],
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            era: AtomicU64::new(0),
            count: AtomicU64::new(0),
            is_watching: AtomicBool::new(false),
            states: Mutex::default(),
            told: channel::Sender::new(Told { is_watching: false, count: 0 }),
            dedicated: None,
        }
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("told", &*self.told.borrow()).finish_non_exhaustive()
    }
}

impl Changes {
    /// Nothing has changed yet; these pools end with their tenants' service.
    pub(crate) fn ending(dedicated: Arc<DedicatedPools>) -> Self {
        Self { dedicated: Some(dedicated), ..Self::default() }
    }

    fn stripe(&self, subject: Subject<'_>) -> usize {
        let hash = self.hasher.hash_one(subject);
        usize::try_from(hash % (STRIPES as u64)).unwrap_or_default()
    }

    fn version(&self, stripe: usize) -> u64 {
        self.stripes.get(stripe).map_or(0, |version| version.load(Ordering::SeqCst))
    }

    /// The moment, where changes are told and an answer may be remembered at all.
    pub(crate) fn moment(&self) -> Option<Moment> {
        let era = self.era.load(Ordering::SeqCst);
        let count = self.count.load(Ordering::SeqCst);
        self.is_watching.load(Ordering::SeqCst).then_some(Moment { era, count })
    }

    /// The versions of two things as they are now.
    pub(crate) fn stamp(&self, subjects: [Subject<'_>; 2]) -> Stamp {
        let versions = subjects.map(|subject| {
            let stripe = self.stripe(subject);
            (stripe, self.version(stripe))
        });
        Stamp { era: self.era.load(Ordering::SeqCst), versions }
    }

    /// Whether what an answer rests on is as it was.
    pub(crate) fn holds(&self, stamp: &Stamp) -> bool {
        self.is_watching.load(Ordering::SeqCst)
            && self.era.load(Ordering::SeqCst) == stamp.era
            && stamp.versions.iter().all(|(stripe, version)| self.version(*stripe) == *version)
    }

    /// Notes that these have changed.
    pub(crate) fn changed(&self, subjects: &[Subject<'_>]) {
        // Before the versions: an answer that was asked for before the change is stamped after it only
        // if the count says so.
        self.count.fetch_add(1, Ordering::SeqCst);
        for subject in subjects {
            if let Some(version) = self.stripes.get(self.stripe(*subject)) {
                version.fetch_add(1, Ordering::SeqCst);
            }
        }
        self.tell();
    }

    /// Notes that anything may have changed.
    pub(crate) fn all_changed(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.era.fetch_add(1, Ordering::SeqCst);
        self.tell();
    }

    /// Whether changes are told.
    fn is_watching(&self) -> bool {
        self.is_watching.load(Ordering::SeqCst)
    }

    /// Notes whether changes are told. What was remembered before does not hold after.
    fn set_watching(&self, is_watching: bool) {
        if self.is_watching.swap(is_watching, Ordering::SeqCst) != is_watching {
            self.all_changed();
        }
    }

    fn tell(&self) {
        let is_watching = self.is_watching.load(Ordering::SeqCst);
        self.told.send_modify(|told| {
            *told = Told { is_watching, count: told.count.wrapping_add(1) };
        });
    }

    /// The state that all handles of a tenant share, for one of them; made from what is known of it now.
    pub(crate) fn state(&self, tenant: &Tenant) -> HandleState {
        HandleState::of(self.remembered_state(tenant))
    }

    /// The same, for whoever remembers it until somebody opens a handle.
    pub(crate) fn remembered_state(&self, tenant: &Tenant) -> Arc<TenantState> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = states.get(&tenant.id).and_then(Weak::upgrade) {
            // Another process may have changed it since the first handle was opened here.
            state.update(tenant);
            return state;
        }
        if states.len() >= 64 && states.len().is_power_of_two() {
            states.retain(|_, state| state.strong_count() > 0);
        }
        let state = Arc::new(TenantState::new(tenant));
        states.insert(tenant.id, Arc::downgrade(&state));
        state
    }

    /// The states of tenants that have handles. The others may be remembered, and are told nothing.
    fn live(&self) -> Live {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|_, state| state.strong_count() > 0);
        let states = states.iter().filter_map(|(id, state)| Some((*id, state.upgrade()?)));
        states.filter(|(_, state)| state.has_handles()).collect()
    }

    /// The states of tenants that have handles and are not among these.
    ///
    /// Isolation: whoever tells of a change asks for them when what was remembered is given up. A handle
    /// that was opened before with what was remembered, and after the others were looked for, has to be
    /// told too.
    #[cfg(any(test, feature = "mysql", feature = "postgres", feature = "sqlite"))]
    fn live_beside(&self, told: &Live) -> Live {
        let mut live = self.live();
        live.retain(|id, _| !told.contains_key(id));
        live
    }

    /// Tells handles what the registry says of their tenants; one that it does not have is gone.
    fn settle(&self, handles: &Live, standings: &[Standing]) {
        let by_id: HashMap<TenantId, &Standing> =
            standings.iter().map(|standing| (standing.id, standing)).collect();
        for (id, state) in handles {
            match by_id.get(id) {
                Some(Standing { status, generation, since, .. }) => {
                    state.learn(status.parse().ok(), *generation, *since);
                }
                None => state.end(),
            }
            if let Some(dedicated) = self.dedicated.as_ref().filter(|_| !state.is_served()) {
                dedicated.end(*id);
            }
        }
    }

    /// The state of a tenant, if it has handles.
    #[cfg(feature = "postgres")]
    fn live_one(&self, tenant: TenantId) -> Live {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.get(&tenant).and_then(Weak::upgrade);
        state.filter(|state| state.has_handles()).map(|state| (tenant, state)).into_iter().collect()
    }
}

/// Waits for changes of the registry, such as a test or a page that shows its state.
///
/// ```no_run
/// # async fn example(tenancy: tenancy_core::Tenancy) {
/// let mut changes = tenancy.registry_changes();
/// changes.watched().await;
/// while changes.changed().await {
///     // Read anew what is shown.
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RegistryChanges {
    told: channel::Receiver<Told>,
}

impl RegistryChanges {
    pub(crate) fn of(changes: &Changes) -> Self {
        Self { told: changes.told.subscribe() }
    }

    /// Waits until changes are told to this process; `false` when the application has ended.
    pub async fn watched(&mut self) -> bool {
        self.told.wait_for(|told| told.is_watching).await.is_ok()
    }

    /// Waits until changes are not told any more; `false` when the application has ended.
    pub async fn lost(&mut self) -> bool {
        self.told.wait_for(|told| !told.is_watching).await.is_ok()
    }

    /// Waits for a change after those that were waited for before; `false` when the application has
    /// ended. Several changes may be one.
    pub async fn changed(&mut self) -> bool {
        self.told.changed().await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{name::PhysicalName, tenant::TenantStatus};

    fn watched() -> Changes {
        let changes = Changes::default();
        changes.set_watching(true);
        changes
    }

    fn acme() -> Tenant {
        let (id, slug) = (TenantId::generate(), "acme".parse().unwrap());
        Tenant {
            id,
            physical_name: PhysicalName::for_tenant(&slug, id).unwrap(),
            slug,
            name: "Acme".to_owned(),
            status: TenantStatus::Active,
            generation: 0,
            settings: serde_json::Value::Null,
            migration_head: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_handle_that_is_opened_while_a_change_is_told_is_told_too() {
        let (changes, acme) = (watched(), acme());
        let _remembered = changes.remembered_state(&acme);
        let told = changes.live();
        let _handle = changes.state(&acme);
        changes.all_changed();
        assert!(changes.live_beside(&told).contains_key(&acme.id));
        assert!(changes.live_beside(&changes.live()).is_empty());
    }

    #[test]
    fn only_states_that_handles_rely_on_are_told_and_stay_verified() {
        let (changes, acme) = (watched(), acme());
        let remembered = changes.remembered_state(&acme);
        assert!(changes.live().is_empty());
        let handle = changes.state(&acme);
        handle.verify(Some(&acme));
        let other = handle.clone();
        drop(handle);
        assert!(changes.live().contains_key(&acme.id));
        assert!(other.is_verified());
        drop(other);
        assert!(changes.live().is_empty());
        // What changed meanwhile was not told.
        assert!(!HandleState::of(remembered).is_verified());
    }

    #[test]
    fn what_is_remembered_ends_with_what_it_rests_on() {
        let changes = watched();
        let (acme, globex) = (TenantId::generate(), TenantId::generate());
        let subjects = [Subject::Tenant(acme), Subject::Domain("acme.example.com")];
        let stamp = changes.stamp(subjects);
        assert!(changes.holds(&stamp));
        // Of 4,096 versions few others are the same; `globex`'s may be.
        let is_shared =
            changes.stamp([Subject::Tenant(globex), Subject::Tenant(globex)]).versions[0].0;
        if stamp.versions.iter().all(|(stripe, _)| *stripe != is_shared) {
            changes.changed(&[Subject::Tenant(globex)]);
            assert!(changes.holds(&stamp));
        }
        for subject in subjects {
            let stamp = changes.stamp(subjects);
            changes.changed(&[subject]);
            assert!(!changes.holds(&stamp), "{subject:?}");
        }
        let stamp = changes.stamp(subjects);
        changes.all_changed();
        assert!(!changes.holds(&stamp));
    }

    #[test]
    fn nothing_is_remembered_while_nobody_tells() {
        let changes = Changes::default();
        assert_eq!(changes.moment(), None);
        let subjects = [Subject::Slug("acme"); 2];
        assert!(!changes.holds(&changes.stamp(subjects)));
        changes.set_watching(true);
        let stamp = changes.stamp(subjects);
        assert!(changes.moment().is_some() && changes.holds(&stamp));
        changes.set_watching(false);
        changes.set_watching(true);
        assert!(!changes.holds(&stamp), "it has outlived a gap");
    }

    #[test]
    fn a_change_between_question_and_answer_is_seen() {
        let changes = watched();
        let moment = changes.moment();
        changes.changed(&[Subject::Slug("acme")]);
        assert_ne!(changes.moment(), moment);
    }
}
