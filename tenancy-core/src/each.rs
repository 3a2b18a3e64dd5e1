//! Work for each tenant: some at a time, each with an outcome of its own.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt as _, stream};
use tracing::Instrument as _;

use crate::{
    connection::TenantConnection,
    error::{Error, Result},
    migrate::Selection,
    registry::ListTenants,
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantId, TenantStatus},
};

/// How many tenants are read at a time.
const PAGE: u64 = 500;

/// For which tenants something is done, and how.
///
/// ```
/// use tenancy_core::each::EachTenant;
///
/// let some = EachTenant::all().matching("demo-*").at_once(8).stopping_after_a_failure();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct EachTenant {
    selection: Selection,
    at_once: usize,
    stops: bool,
}

impl EachTenant {
    /// All tenants in service, four at a time; a failure of one is none of the others'.
    pub fn all() -> Self {
        Self { selection: Selection::default(), at_once: 4, stops: false }
    }

    /// Only tenants whose slug matches this pattern (`*` and `?`), or another one that is given.
    pub fn matching(mut self, pattern: impl Into<String>) -> Self {
        self.selection.tenants.push(pattern.into());
        self
    }

    /// No tenant whose slug matches this pattern.
    pub fn except(mut self, pattern: impl Into<String>) -> Self {
        self.selection.exclude.push(pattern.into());
        self
    }

    /// So many at a time, at least one. More than `database.max_connections` only wait.
    pub fn at_once(self, at_once: usize) -> Self {
        Self { at_once: at_once.max(1), ..self }
    }

    /// Begins with no further tenant after a failure.
    pub fn stopping_after_a_failure(self) -> Self {
        Self { stops: true, ..self }
    }
}

/// How it went with a tenant.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EachOutcome<T, E> {
    /// The tenant's id.
    pub id: TenantId,
    /// The tenant's slug when it was its turn.
    pub tenant: Slug,
    /// What has become of it.
    pub outcome: Outcome<T, E>,
}

/// What has become of the work for a tenant.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<T, E> {
    /// It was done.
    Done(T),
    /// It failed.
    Failed(E),
    /// The tenant could not be entered, such as one that has left service meanwhile.
    Refused(E),
    /// It was not begun, after a failure.
    Skipped,
}

impl<T, E> EachOutcome<T, E> {
    /// Whether it was done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Done(_))
    }
}

impl Tenancy {
    /// Does something for each tenant that is in service, some at a time, each on a connection of its
    /// own; the outcomes are in the order of the slugs.
    ///
    /// Tenants are read by pages, so that many of them cost no memory beyond their outcomes. One that
    /// is created meanwhile may be among them or not. When the future is dropped, what is under way is
    /// dropped with it, and its transactions are rolled back. What is logged meanwhile has the fields
    /// `tenant` and `tenant.id`.
    ///
    /// # Example
    /// ```no_run
    /// use sea_orm::DbErr;
    /// use tenancy_core::{Tenancy, each::EachTenant};
    ///
    /// # async fn example(tenancy: Tenancy) -> tenancy_core::Result<()> {
    /// let outcomes = tenancy
    ///     .for_each_tenant(EachTenant::all().at_once(8), async |connection| {
    ///         // `connection` stands wherever SeaORM takes one.
    ///         connection.ping().await
    ///     })
    ///     .await?;
    /// for failed in outcomes.iter().filter(|outcome| !outcome.is_done()) {
    ///     eprintln!("{}: {:?}", failed.tenant, failed.outcome);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the registry cannot be read. What fails for a tenant is its outcome.
    pub async fn for_each_tenant<T, E, F, W>(
        &self,
        which: EachTenant,
        work: F,
    ) -> Result<Vec<EachOutcome<T, E>>>
    where
        F: Fn(TenantConnection) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        let EachTenant { selection, at_once, stops } = which;
        let mut list = ListTenants { status: Some(TenantStatus::Active), ..ListTenants::default() };
        list.limit = Some(PAGE);
        let has_failed = AtomicBool::new(false);
        let mut seen = HashSet::new();
        let mut outcomes = Vec::new();
        loop {
            let page = self.registry().list(&list).await?;
            let Some(last) = page.last() else { break };
            list.after = Some(last.slug.clone());
            let selected = page.into_iter().filter(|tenant| {
                // One that is renamed meanwhile may come twice.
                selection.includes(&tenant.slug) && seen.insert(tenant.id)
            });
            let done =
                selected.map(|tenant| self.do_for(tenant, stops.then_some(&has_failed), &work));
            let done: Vec<_> = stream::iter(done).buffer_unordered(at_once).collect().await;
            outcomes.extend(done);
        }
        outcomes.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        Ok(outcomes)
    }

    async fn do_for<T, E, F, W>(
        &self,
        tenant: Tenant,
        stop: Option<&AtomicBool>,
        work: &F,
    ) -> EachOutcome<T, E>
    where
        F: Fn(TenantConnection) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        let span = tracing::info_span!("tenant", tenant = %tenant.slug, tenant.id = %tenant.id);
        let outcome = async {
            if stop.is_some_and(|stop| stop.load(Ordering::Acquire)) {
                return Outcome::Skipped;
            }
            let done = match self.connection(&tenant).await {
                Ok(connection) => {
                    work(connection).await.map_or_else(Outcome::Failed, Outcome::Done)
                }
                Err(error) => Outcome::Refused(error.into()),
            };
            if let (Some(stop), Outcome::Failed(_) | Outcome::Refused(_)) = (stop, &done) {
                stop.store(true, Ordering::Release);
            }
            done
        };
        let outcome = outcome.instrument(span).await;
        EachOutcome { id: tenant.id, tenant: tenant.slug, outcome }
    }
}
