//! Takes migrations back: the newest few, those after a name, or exactly what a run has applied.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use super::{
    history::{Direction, History, RunId},
    layout::{LaidOutMigration, LaidOutStep},
    ledger,
    report::{MigrationReport, Outcome, TenantOutcome},
    retry,
    run::{MigrateOptions, Run, applied_count, positions},
    shared,
    tenant::{self, Place},
};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    registry::{Present, Registry},
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
    tenant::{Tenant, TenantId},
};

/// What is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rollback {
    /// So many of each tenant's newest migrations.
    Steps(usize),
    /// All that came after the migration of this name; it stays.
    To(String),
    /// What this run has applied, where nothing newer stands on it.
    Run(RunId),
}

/// How many of its migrations each place keeps.
enum Keep {
    /// So many fewer than it has.
    Fewer(usize),
    /// The first so many of the set.
    First(usize),
    /// Those before what the run has applied to it.
    Before(HashMap<TenantId, Vec<String>>),
}

impl Keep {
    /// How many migrations a place keeps of those that it has.
    fn count(
        &self,
        label: &str,
        tenant: Option<TenantId>,
        has: &[&LaidOutMigration],
    ) -> Result<usize> {
        match self {
            Self::Fewer(steps) => Ok(has.len().saturating_sub(*steps)),
            Self::First(count) => Ok((*count).min(has.len())),
            Self::Before(applied) => {
                let applied = tenant.and_then(|tenant| applied.get(&tenant));
                let Some(applied) = applied.filter(|names| !names.is_empty()) else {
                    return Ok(has.len());
                };
                let is_of_run = |m: &LaidOutMigration| applied.iter().any(|name| name == m.name());
                let first = has.iter().position(|m| is_of_run(m)).unwrap_or(has.len());
                match has[first..].iter().find(|m| !is_of_run(m)) {
                    Some(newer) => Err(Error::NotNewest {
                        place: label.to_owned(),
                        newer: newer.name().to_owned(),
                    }),
                    None => Ok(first),
                }
            }
        }
    }
}

impl Tenancy {
    /// Takes migrations back. Each tenant is before or after, never between; those whose newest
    /// migrations cannot be taken back are left as they are, with the reason in the report.
    ///
    /// Taking a run back takes back the shared migrations that it has applied too, once every
    /// tenant has been taken back.
    ///
    /// # Errors
    /// [`Error::NoSuchMigration`], [`Error::UnknownRun`], [`Error::SelectionTooSmall`] for some
    /// tenants where all lie in the same tables, and what fails in those.
    pub async fn roll_back(
        &self,
        what: &Rollback,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        self.check_direct()?;
        let _forgetting = self.forgetting();
        self.registry().current_marker(self.strategy().name()).await?;
        let migrations = self.laid_out().await?;
        let run = Run::new(options, &progress, Direction::Down, None);
        let mut shared_of_run = Vec::new();
        let mut once_of_run = Vec::new();
        let keep = match what {
            Rollback::Steps(steps) => Keep::Fewer(*steps),
            Rollback::To(name) => {
                let at = migrations.iter().position(|migration| migration.name() == name);
                let none = || Error::NoSuchMigration { migration: name.clone() };
                Keep::First(at.ok_or_else(none)? + 1)
            }
            Rollback::Run(id) => {
                let record = self.history().run(*id).await?;
                let is_shared = |name: &String| self.shared_names().contains(name);
                (shared_of_run, once_of_run) = record.applied.into_iter().partition(is_shared);
                let changed = self.history().changed_by(*id).await?;
                Keep::Before(changed.into_iter().map(|past| (past.tenant, past.applied)).collect())
            }
        };
        let mut report = MigrationReport::default();
        // In boxes, or the futures of applications would be as deep as a compiler can look.
        match self.strategy().tenant_ddl() {
            TenantDdl::PerTenant => {
                let work = self.roll_back_each(&run, &keep, &migrations);
                report.tenants = Box::pin(work).await?;
            }
            TenantDdl::Once => {
                let work = self.roll_back_once(&run, &keep, &once_of_run, &migrations, &mut report);
                Box::pin(work).await?;
            }
        }
        if report.is_complete() && !shared_of_run.is_empty() {
            let id = run.id(self).await?;
            let direct = &self.databases().direct;
            let down = shared::down(direct, self.shared_migrations(), &shared_of_run);
            let down = Box::pin(down).await?;
            History::note(self.registry().database(), id, &down).await?;
            report.shared.extend(down);
        }
        self.end_rollback(&run, &mut report).await?;
        Ok(report)
    }

    async fn end_rollback(&self, run: &Run<'_>, report: &mut MigrationReport) -> Result<()> {
        report.run = run.recorded();
        let Some(id) = report.run else { return Ok(()) };
        self.forget_unused().await?;
        if report.is_complete() {
            self.history().finish(id).await?;
        }
        self.load_catalog().await
    }

    /// What no tenant has any more may be edited and applied again.
    async fn forget_unused(&self) -> Result<()> {
        let set = self.tenant_set().migrations();
        let mut used = 0;
        for head in self.registry().heads().await?.into_iter().flatten() {
            match set.iter().position(|migration| migration.name == head) {
                Some(at) => used = used.max(at + 1),
                // Whatever a newer release has applied stands on all of this one's.
                None => used = set.len(),
            }
        }
        if self.strategy().tenant_ddl() == TenantDdl::Once {
            let applied = ledger::beside_registry(&self.databases().direct).await?;
            let is_applied = |name: &String| applied.contains(name);
            used = set.iter().rposition(|m| is_applied(&m.name)).map_or(0, |at| at + 1);
        }
        let unused: Vec<String> = set[used..].iter().map(|m| m.name.clone()).collect();
        if unused.is_empty() {
            return Ok(());
        }
        History::forget(self.registry().database(), &unused).await
    }

    async fn roll_back_each(
        &self,
        run: &Run<'_>,
        keep: &Keep,
        migrations: &[LaidOutMigration],
    ) -> Result<Vec<TenantOutcome>> {
        let positions = positions(migrations);
        let mut tenants = self.selected(&run.options.selection).await?;
        tenants.retain(|tenant| match (keep, applied_count(tenant, &positions)) {
            (Keep::Before(applied), _) => applied.contains_key(&tenant.id),
            (Keep::First(count), Some(has)) => has > *count,
            (Keep::Fewer(_), Some(has)) => has > 0,
            (_, None) => true,
        });
        if tenants.is_empty() {
            return Ok(Vec::new());
        }
        let id = run.id(self).await?;
        Ok(self
            .work_on(run, id, &tenants, &|tenant| {
                Box::pin(retry::while_passing(move || self.take_back(id, tenant, keep, migrations)))
            })
            .await)
    }

    async fn take_back(
        &self,
        run: RunId,
        tenant: &Tenant,
        keep: &Keep,
        migrations: &[LaidOutMigration],
    ) -> Result<Outcome> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let mut transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let applied = ledger::applied(&transaction).await?;
        tenant::check_known(place, &applied, migrations, &[])?;
        let is_applied = |m: &&LaidOutMigration| applied.iter().any(|name| name == m.name());
        let has: Vec<&LaidOutMigration> = migrations.iter().filter(is_applied).collect();
        let keep = keep.count(place.label, Some(tenant.id), &has)?;
        let mut taken_back = Vec::new();
        for migration in has[keep..].iter().rev() {
            let down = migration.down.clone()?;
            transaction = tenant::run_steps(transaction, place, migration.name(), &down).await?;
            let leave = ledger::leave(transaction.get_database_backend(), migration.name());
            tenant::write_ledger(&transaction, &leave).await?;
            tenant::forget_steps(&transaction, migration.name()).await?;
            taken_back.push(migration.name().to_owned());
        }
        if taken_back.is_empty() {
            return Ok(Outcome::UpToDate);
        }
        let outcome = Outcome::RolledBack { taken_back };
        let head = keep.checked_sub(1).map(|at| &has[at].recorded);
        self.commit_work(transaction, run, tenant, head, &outcome).await?;
        Ok(outcome)
    }

    async fn roll_back_once(
        &self,
        run: &Run<'_>,
        keep: &Keep,
        of_run: &[String],
        migrations: &[LaidOutMigration],
        report: &mut MigrationReport,
    ) -> Result<()> {
        let applied = ledger::beside_registry(&self.databases().direct).await?;
        tenant::check_known(Place::of_all(), &applied, migrations, &self.shared_names())?;
        let is_applied = |m: &&LaidOutMigration| applied.iter().any(|name| name == m.name());
        let has: Vec<&LaidOutMigration> = migrations.iter().filter(is_applied).collect();
        if let Keep::Before(filled) = keep
            && of_run.is_empty()
        {
            return self.empty_of_run(run, filled, migrations, report).await;
        }
        // What a run has applied to the tables of all is noted in its record, not by tenant.
        let all = TenantId::generate();
        let keep = match keep {
            Keep::Before(_) => &Keep::Before(HashMap::from([(all, of_run.to_vec())])),
            Keep::Fewer(_) | Keep::First(_) => keep,
        };
        let keep = keep.count(Place::of_all().label, Some(all), &has)?;
        let Some(newest) = has[keep..].last() else { return Ok(()) };
        if run.options.selection.is_partial() {
            return Err(Error::SelectionTooSmall { migration: newest.name().to_owned() });
        }
        for migration in has[keep..].iter().rev() {
            // All that can be refused is refused before the first change.
            migration.down.clone()?;
        }
        let id = run.id(self).await?;
        for at in (keep..has.len()).rev() {
            let before = at.checked_sub(1).map(|before| has[before]);
            if !self.empty_each(run, id, has[at], before, migrations, report).await? {
                return Ok(());
            }
            self.unmake_once(id, has[at], before, report).await?;
        }
        Ok(())
    }

    /// Takes back the data steps that a run has done for some tenants, where it has changed no
    /// tables; what others have done stays.
    async fn empty_of_run(
        &self,
        run: &Run<'_>,
        filled: &HashMap<TenantId, Vec<String>>,
        migrations: &[LaidOutMigration],
        report: &mut MigrationReport,
    ) -> Result<()> {
        let mut tenants = self.selected(&run.options.selection).await?;
        tenants.retain(|tenant| filled.contains_key(&tenant.id));
        if tenants.is_empty() {
            return Ok(());
        }
        let id = run.id(self).await?;
        report.tenants = self
            .work_on(run, id, &tenants, &|tenant| {
                Box::pin(retry::while_passing(move || {
                    self.empty_those(id, tenant, filled, migrations)
                }))
            })
            .await;
        Ok(())
    }

    async fn empty_those(
        &self,
        run: RunId,
        tenant: &Tenant,
        filled: &HashMap<TenantId, Vec<String>>,
        migrations: &[LaidOutMigration],
    ) -> Result<Outcome> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let mut transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let now = Registry::reread(&transaction, tenant).await?;
        let count = applied_count(&now, &positions(migrations)).unwrap_or(migrations.len());
        let has: Vec<&LaidOutMigration> =
            migrations[..count].iter().filter(|m| m.recorded.has_data()).collect();
        let keep = Keep::Before(filled.clone()).count(place.label, Some(tenant.id), &has)?;
        let mut taken_back = Vec::new();
        for migration in has[keep..].iter().rev() {
            let data = data_of(migration.down.clone()?);
            transaction = tenant::run_steps(transaction, place, migration.name(), &data).await?;
            taken_back.push(migration.name().to_owned());
        }
        let Some(first) = has.get(keep) else { return Ok(Outcome::UpToDate) };
        let at = migrations.iter().position(|migration| migration.name() == first.name());
        let head = at.and_then(|at| at.checked_sub(1)).map(|at| &migrations[at].recorded);
        let outcome = Outcome::RolledBack { taken_back };
        self.commit_work(transaction, run, tenant, head, &outcome).await?;
        Ok(outcome)
    }

    /// Takes the data steps of a migration back for every tenant that has it. Tells whether no
    /// tenant is left.
    async fn empty_each(
        &self,
        run: &Run<'_>,
        id: RunId,
        migration: &LaidOutMigration,
        before: Option<&LaidOutMigration>,
        migrations: &[LaidOutMigration],
        report: &mut MigrationReport,
    ) -> Result<bool> {
        let positions = positions(migrations);
        let reached = positions.get(migration.name()).map_or(0, |at| at + 1);
        let data: Vec<LaidOutStep> = data_of(migration.down.clone()?);
        if data.is_empty() {
            return Ok(!run.is_ended());
        }
        let mut tenants = self.selected(&run.options.selection).await?;
        tenants.retain(|tenant| applied_count(tenant, &positions).is_some_and(|n| n >= reached));
        let outcomes = self
            .work_on(run, id, &tenants, &|tenant| {
                let data = &data;
                Box::pin(retry::while_passing(move || {
                    self.empty(id, tenant, migration, before, data)
                }))
            })
            .await;
        report.merge(outcomes);
        Ok(report.is_complete())
    }

    async fn empty(
        &self,
        run: RunId,
        tenant: &Tenant,
        migration: &LaidOutMigration,
        before: Option<&LaidOutMigration>,
        data: &[LaidOutStep],
    ) -> Result<Outcome> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let transaction = tenant::run_steps(transaction, place, migration.name(), data).await?;
        let head = before.map(|before| &before.recorded);
        let outcome = Outcome::RolledBack { taken_back: vec![migration.name().to_owned()] };
        self.commit_work(transaction, run, tenant, head, &outcome).await?;
        Ok(outcome)
    }

    async fn unmake_once(
        &self,
        id: RunId,
        migration: &LaidOutMigration,
        before: Option<&LaidOutMigration>,
        report: &mut MigrationReport,
    ) -> Result<()> {
        let transaction = begin_writing(&self.databases().direct).await?;
        let place = Place::of_all();
        tenant::enter(&transaction, place, self.entering()).await?;
        // Without a tenant, data steps are left out.
        let down = migration.down.clone()?;
        let transaction = tenant::run_steps(transaction, place, migration.name(), &down).await?;
        let leave = ledger::leave(transaction.get_database_backend(), migration.name());
        tenant::write_ledger(&transaction, &leave).await?;
        tenant::forget_steps(&transaction, migration.name()).await?;
        let head = before.map(|before| &before.recorded);
        let taken_back = [migration.name().to_owned()];
        Registry::set_heads(&transaction, Present::Among(&taken_back), head).await?;
        History::note(&transaction, id, &taken_back).await?;
        self.secure(&transaction).await?;
        transaction.commit().await.map_err(Error::database("committing what was taken back"))?;
        report.shared.extend(taken_back);
        Ok(())
    }
}

fn data_of(steps: Vec<LaidOutStep>) -> Vec<LaidOutStep> {
    steps.into_iter().filter(|step| matches!(step, LaidOutStep::Data(..))).collect()
}
