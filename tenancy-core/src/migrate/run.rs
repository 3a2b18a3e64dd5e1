//! Runs migrations over the shared tables and all tenants.

mod commit;
mod each;
mod end;
pub(crate) mod once;
mod outside;
mod workers;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{ConnectionTrait, sea_query::InsertStatement};

use super::{
    history::{self, Direction, History, RunId, RunRecord},
    layout::{LaidOutMigration, Layout},
    ledger,
    report::{MigrationReport, TenantOutcome},
    retry,
    select::Selection,
    shared,
};
use crate::{
    error::{Error, Result},
    registry::ListTenants,
    strategy::TenantDdl,
    tenancy::{PresentOnce, Tenancy},
    tenant::Tenant,
};

/// How a run goes about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MigrateOptions {
    /// How many tenants are worked on at a time.
    pub jobs: usize,
    /// Whether it goes on with other tenants after one has failed.
    pub continue_on_error: bool,
    /// Which tenants it is for.
    pub selection: Selection,
    /// What ends it early.
    pub stop: StopSignal,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            jobs: 4,
            continue_on_error: false,
            selection: Selection::default(),
            stop: StopSignal::default(),
        }
    }
}

/// Ends a run early: what is in flight is finished, and the tenants that are left are skipped.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// Ends the run that the signal was given to.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it has been given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// How many tenants are read from the registry at a time.
pub(crate) const PAGE: u64 = 500;

/// What a run finds. The ledger is read first: whatever shared tables its migrations have made belong to
/// the generation, or to an older one.
struct Found {
    /// What the ledger beside the registry has.
    applied: Vec<String>,
    /// The generation of the catalog, where there was one.
    generation: Option<i64>,
}

/// A run while it goes on.
pub(crate) struct Run<'a> {
    pub(crate) options: &'a MigrateOptions,
    pub(crate) progress: &'a (dyn Fn(&TenantOutcome) + Send + Sync),
    /// Set by the first tenant that fails, where the others are not to go on.
    halted: AtomicBool,
    /// Its record; made with the first thing that there is to do.
    id: tokio::sync::OnceCell<RunId>,
    direction: Direction,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        options: &'a MigrateOptions,
        progress: &'a (dyn Fn(&TenantOutcome) + Send + Sync),
        direction: Direction,
        resumed: Option<RunId>,
    ) -> Self {
        let id = tokio::sync::OnceCell::new_with(resumed);
        Self { options, progress, halted: AtomicBool::new(false), id, direction }
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.options.stop.is_stopped() || self.halted.load(Ordering::Acquire)
    }

    pub(crate) fn note_failure(&self) {
        if !self.options.continue_on_error {
            self.halted.store(true, Ordering::Release);
        }
    }

    /// The run's record.
    pub(crate) async fn id(&self, tenancy: &Tenancy) -> Result<RunId> {
        let id = RunId::generate();
        let begin = || tenancy.history().begin(id, self.direction, &self.options.selection);
        self.id.get_or_try_init(|| retry::while_passing(begin)).await.copied()
    }

    /// The run's record, if there was anything to do.
    pub(crate) fn recorded(&self) -> Option<RunId> {
        self.id.get().copied()
    }
}

impl Tenancy {
    /// Brings everything forward: the registry's tables, the shared tables, and those of every
    /// tenant that is migrated by its status. Each tenant is before or after, never between; a run
    /// that was cut off is gone on with by running again, or by [`Tenancy::resume_migration`].
    ///
    /// `progress` is told of each tenant as it ends.
    ///
    /// # Errors
    /// What fails before the tenants are begun with: [`Error::EditedMigration`],
    /// [`Error::LateMigration`], [`Error::UnknownTenant`] for a slug in the selection that nobody
    /// has, what fails in the tables that are present once. What fails for a tenant stands in the
    /// report.
    pub async fn migrate(
        &self,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        self.check_direct()?;
        let _forgetting = self.forgetting();
        let applied = self.applied_once().await?;
        let generation = self.registry().install(self.strategy().name()).await?;
        let run = Run::new(options, &progress, Direction::Up, None);
        Box::pin(self.migrate_run(&run, Found { applied, generation })).await
    }

    /// Goes on with a run that was cut off, that had failures, or that was for the first few
    /// tenants only; with the newest one if none is named. It is for the tenants that the run was
    /// for, whatever `options` select.
    ///
    /// # Errors
    /// [`Error::UnknownRun`] when there is none, and those of [`Tenancy::migrate`].
    pub async fn resume_migration(
        &self,
        run: Option<RunId>,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        self.check_direct()?;
        let _forgetting = self.forgetting();
        let applied = self.applied_once().await?;
        let marker = self.registry().current_marker(self.strategy().name()).await?;
        let found = Found { applied, generation: Some(marker.catalog_generation) };
        let record = match run {
            Some(run) => self.history().run(run).await?,
            None => self.history().unfinished().await?,
        };
        if record.direction == Direction::Down || record.finished_at.is_some() {
            let what = format!("`{}` can be gone on with", record.id);
            return Err(Error::UnknownRun { what });
        }
        let options = MigrateOptions { selection: record.selection.rest(), ..options.clone() };
        let run = Run::new(&options, &progress, Direction::Up, Some(record.id));
        Box::pin(self.migrate_run(&run, found)).await
    }

    /// The newest runs, newest first, 1,000 at most.
    ///
    /// # Errors
    /// [`Error::NotInitialised`], and [`Error::Database`] when the registry cannot be read.
    pub async fn migration_runs(&self, limit: u64) -> Result<Vec<RunRecord>> {
        self.registry().current_marker(self.strategy().name()).await?;
        self.history().list(limit.min(1_000)).await
    }

    /// What the ledger beside the registry has, where the run needs it.
    async fn applied_once(&self) -> Result<Vec<String>> {
        if self.strategy().tenant_ddl() == TenantDdl::PerTenant
            && self.shared_migrations().is_empty()
        {
            return Ok(Vec::new());
        }
        ledger::beside_registry(&self.databases().direct).await
    }

    async fn migrate_run(&self, run: &Run<'_>, found: Found) -> Result<MigrationReport> {
        let Found { mut applied, generation } = found;
        let selection = &run.options.selection;
        for slug in selection.named() {
            self.registry().tenant(&slug.parse()?).await?;
        }
        self.history().check(self.tenant_set()).await?;
        let mut report = MigrationReport::default();
        let once = self.strategy().tenant_ddl() == TenantDdl::Once;
        let mut known = generation.and_then(|generation| self.present_once_at(generation));
        let shared = shared::pending(&applied, self.shared_migrations());
        if !shared.is_empty() {
            let id = run.id(self).await?;
            report.shared = shared::up(&self.databases().direct, &shared).await?;
            History::note(self.registry().database(), id, &report.shared).await?;
            // Whoever was waited for may have applied more.
            applied = self.applied_once().await?;
            known = None;
        }
        let is_known = known.is_some();
        if !is_known {
            self.forget_layout();
        }
        let mut settling = None;
        if !selection.shared_only {
            let migrations = self.laid_out_beside(known).await?;
            if once {
                settling = self.migrate_once(run, &migrations, &applied, &mut report).await?;
            } else {
                self.mend_security().await?;
                report.tenants = self.migrate_each(run, &migrations).await?;
            }
        }
        self.end(run, settling, &mut report).await?;
        // What a run over tables that all tenants lie in has changed, it knows.
        let is_learned = once && is_known;
        if run.recorded().is_some() && !is_learned || !self.is_initialised() {
            retry::while_passing(|| self.reload_catalog()).await?;
        }
        Ok(report)
    }

    pub(crate) fn history(&self) -> History<'_> {
        History::new(self.registry().database())
    }

    /// The statement that records those of the set that were applied, as they are.
    pub(super) fn recording(&self, applied: &[String]) -> Option<InsertStatement> {
        let set = self.tenant_set().migrations().iter();
        history::recording(set.filter(|migration| applied.contains(&migration.name)))
    }

    /// Records those of the set that were applied, as they are.
    pub(crate) async fn record_applied<C: ConnectionTrait>(
        &self,
        connection: &C,
        applied: &[String],
    ) -> Result<()> {
        let Some(recording) = self.recording(applied) else { return Ok(()) };
        let recorded = connection.execute(&recording).await;
        recorded.map(|_| ()).map_err(Error::database("recording the migrations"))
    }

    /// The tenant set as it is sent under this strategy.
    pub(crate) async fn laid_out(&self) -> Result<Arc<[LaidOutMigration]>> {
        self.laid_out_beside(None).await
    }

    /// The same beside what is present once, where that is known.
    async fn laid_out_beside(
        &self,
        known: Option<Arc<PresentOnce>>,
    ) -> Result<Arc<[LaidOutMigration]>> {
        if let Some(laid_out) = self.kept_layout_beside(known.as_ref()) {
            return Ok(laid_out);
        }
        let laid_out: Arc<[LaidOutMigration]> = self.lay_out(known.clone(), false).await?.into();
        self.keep_layout(&laid_out, known);
        Ok(laid_out)
    }

    /// Lays the tenant set out as the strategy does, or leaves it as it is.
    pub(super) async fn lay_out(
        &self,
        known: Option<Arc<PresentOnce>>,
        is_plain: bool,
    ) -> Result<Vec<LaidOutMigration>> {
        let present_once = match known {
            Some(known) => known,
            None => {
                let (direct, tenant) = (&self.databases().direct, self.tenant_set().tables());
                Arc::new(PresentOnce::read(direct, tenant, self.declared()).await?)
            }
        };
        let layout = Layout {
            shared: &present_once.tables,
            reserved: self.tenant_column(),
            strategy: self.strategy(),
            dialect: self.dialect(),
            declared: self.declared(),
            database: present_once.database.as_deref(),
            is_plain,
        };
        layout.lay_out(self.tenant_set())
    }

    /// The tenants that a run is for among those that a run includes by their status, with
    /// whatever they lack, by pages.
    pub(crate) async fn selected(&self, selection: &Selection) -> Result<Vec<Tenant>> {
        let mut selected = Vec::new();
        let mut page = ListTenants { limit: Some(PAGE), ..ListTenants::default() };
        loop {
            let tenants = self.registry().list(&page).await?;
            page.after = tenants.last().map(|tenant| tenant.slug.clone());
            if page.after.is_none() {
                break;
            }
            selected.extend(
                tenants.into_iter().filter(|tenant| {
                    tenant.status.is_migrated() && selection.includes(&tenant.slug)
                }),
            );
        }
        if let Some(canary) = selection.canary {
            let first = canary.of(selected.len() as u64);
            selected.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        }
        Ok(selected)
    }
}

/// Where each migration stands in the set.
pub(crate) fn positions(migrations: &[LaidOutMigration]) -> HashMap<&str, usize> {
    migrations.iter().enumerate().map(|(at, migration)| (migration.name(), at)).collect()
}

/// How many migrations of the set a tenant has; `None` when its newest one is not in the set.
pub(crate) fn applied_count(tenant: &Tenant, positions: &HashMap<&str, usize>) -> Option<usize> {
    match &tenant.migration_head {
        None => Some(0),
        Some(head) => positions.get(head.as_str()).map(|at| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{MigrateOptions, Tenancy};

    /// A server migrates in a task of its own.
    #[test]
    fn a_run_can_be_spawned() {
        fn sendable<T: Send>(_: impl Fn(Tenancy) -> T) {}
        sendable(|tenancy| async move {
            tenancy.migrate(&MigrateOptions::default(), |_| {}).await.map(|_| ())
        });
    }
}
