//! What a process knows of the registry, whoever changes it, and who counts what goes on.

use std::sync::Arc;

use super::Tenancy;
use crate::{
    changes::{Changes, RegistryChanges, Watch},
    config::Resolve,
    lookup::TenantLookup,
    metrics::{Metrics, Observer},
    registry::Registry,
    strategy::Databases,
};

/// What all handles and lookups of a process share.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) changes: Arc<Changes>,
    pub(super) watch: Arc<Watch>,
    pub(super) lookup: TenantLookup,
    pub(super) observer: Observer,
}

impl Known {
    /// Knows nothing yet of the registry in these databases.
    pub(super) fn of(databases: &Databases, resolve: &Resolve) -> (Registry, Self) {
        let changes = Arc::new(Changes::ending(Arc::clone(&databases.dedicated)));
        let observer = Observer::default();
        let registry = Registry::new(databases.central.clone(), databases.direct.clone())
            .telling(Arc::clone(&changes));
        let watch = Arc::new(Watch::new(Arc::clone(&changes), databases.direct.clone()));
        let lookup = TenantLookup::remembering(
            registry.clone(),
            databases.central_pool.clone(),
            resolve,
            Arc::clone(&changes),
            Arc::clone(&watch),
            observer.clone(),
        );
        (registry, Self { changes, watch, lookup, observer })
    }
}

impl Tenancy {
    /// Finds tenants for requests and jobs, and remembers them.
    #[must_use]
    pub fn lookup(&self) -> &TenantLookup {
        &self.inner.known.lookup
    }

    /// Waits for changes of the registry, whoever makes them.
    #[must_use]
    pub fn registry_changes(&self) -> RegistryChanges {
        self.inner.known.watch.begin();
        RegistryChanges::of(&self.inner.known.changes)
    }

    /// Lets somebody count what goes on; `false` where somebody does already.
    pub fn observe(&self, metrics: Arc<dyn Metrics>) -> bool {
        self.inner.known.observer.set(metrics)
    }

    /// Forgets what is remembered of the registry when work on many tenants ends, however it does.
    pub(crate) fn forgetting(&self) -> Forgetting<'_> {
        Forgetting(&self.inner.known.changes)
    }
}

/// Forgets what is remembered of the registry when it goes.
pub(crate) struct Forgetting<'a>(&'a Changes);

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.0.all_changed();
    }
}
