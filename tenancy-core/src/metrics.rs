//! `Metrics`: what an application counts of what goes on here.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use crate::{error::Error, tenant::Tenant};

/// Hears what goes on, to count it.
///
/// Every method does nothing unless it is implemented; what is not counted costs a look at whether
/// somebody does. They are called where the work is done, so they must neither wait nor panic.
///
/// How full the pools and caches are is asked, not told: [`Tenancy::pool_use`],
/// [`Tenancy::scope_cache`], [`TenantLookup::usage`], such as every few seconds.
///
/// # Example
/// With the crate `metrics`, or any other, such as one of Prometheus's, it is a few lines:
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use tenancy_core::{Error, Tenant, metrics::Metrics};
///
/// #[derive(Debug, Default)]
/// struct Counters {
///     scoped: AtomicU64,
///     refused: AtomicU64,
/// }
///
/// impl Metrics for Counters {
///     fn statement_scoped(&self, _tenant: &Tenant) {
///         // metrics::counter!("tenancy_statements_scoped_total").increment(1);
///         self.scoped.fetch_add(1, Ordering::Relaxed);
///     }
///
///     fn statement_refused(&self, _tenant: &Tenant, error: &Error) {
///         // metrics::counter!("tenancy_statements_refused_total", "code" => error.code()).increment(1);
///         let _ = error.code();
///         self.refused.fetch_add(1, Ordering::Relaxed);
///     }
/// }
/// ```
/// A label for each tenant makes a time series for each: with many tenants, leave it out.
///
/// [`Tenancy::pool_use`]: crate::Tenancy::pool_use
/// [`Tenancy::scope_cache`]: crate::Tenancy::scope_cache
/// [`TenantLookup::usage`]: crate::TenantLookup::usage
pub trait Metrics: fmt::Debug + Send + Sync + 'static {
    /// A statement has become the tenant's, and is about to be sent.
    fn statement_scoped(&self, tenant: &Tenant) {
        let _ = tenant;
    }

    /// A statement was refused, or the tenant is not served; nothing was sent.
    fn statement_refused(&self, tenant: &Tenant, error: &Error) {
        let _ = (tenant, error);
    }

    /// A tenant's connection was asked for: opened, or refused and why.
    fn connection_opened(&self, tenant: &Tenant, refused: Option<&Error>) {
        let _ = (tenant, refused);
    }

    /// Something was looked up for a request or a job; `is_hit` where it was remembered.
    fn looked_up(&self, is_hit: bool) {
        let _ = is_hit;
    }
}

/// Who hears, if anybody does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observer(Arc<OnceLock<Arc<dyn Metrics>>>);

impl Observer {
    /// Lets somebody hear; `false` where somebody does already.
    pub(crate) fn set(&self, metrics: Arc<dyn Metrics>) -> bool {
        self.0.set(metrics).is_ok()
    }

    pub(crate) fn scoped(&self, tenant: &Tenant) {
        if let Some(metrics) = self.0.get() {
            metrics.statement_scoped(tenant);
        }
    }

    pub(crate) fn refused(&self, tenant: &Tenant, error: &Error) {
        if let Some(metrics) = self.0.get() {
            metrics.statement_refused(tenant, error);
        }
    }

    pub(crate) fn opened(&self, tenant: &Tenant, refused: Option<&Error>) {
        if let Some(metrics) = self.0.get() {
            metrics.connection_opened(tenant, refused);
        }
    }

    pub(crate) fn looked_up(&self, is_hit: bool) {
        if let Some(metrics) = self.0.get() {
            metrics.looked_up(is_hit);
        }
    }
}
