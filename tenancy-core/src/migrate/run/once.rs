//! The part of a run under a strategy that keeps all tenants in the same tables: changes once, data
//! steps for each tenant.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, sea_query::UpdateStatement};

use super::{PAGE, Run, applied_count, outside, positions};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{
        history::{self, RunId},
        layout::{LaidOutMigration, LaidOutStep},
        message,
        report::{MigrationReport, Outcome},
        retry,
        tenant::{self, Known, Place},
    },
    registry::{Present, Registry},
    strategy::{Purpose, Route},
    tenancy::Tenancy,
    tenant::{Slug, Tenant},
};

/// The ends of the pieces of a set: after each migration with data steps, and at its end. What
/// comes after data steps is not begun before every tenant has them.
fn piece_ends(migrations: &[LaidOutMigration]) -> Vec<usize> {
    let with_data = migrations.iter().enumerate().filter(|(_, m)| m.recorded.has_data());
    let mut ends: Vec<usize> = with_data.map(|(at, _)| at + 1).collect();
    if ends.last() != Some(&migrations.len()) {
        ends.push(migrations.len());
    }
    ends
}

/// Tenants of a page that a run is for, and how many it is not for.
struct Included {
    tenants: Vec<Tenant>,
    left_out: usize,
}

impl Tenancy {
    /// What lists all tenants as up to date, where they are by then. `applied` is what the
    /// ledger had when it was read last.
    pub(super) async fn migrate_once(
        &self,
        run: &Run<'_>,
        migrations: &[LaidOutMigration],
        applied: &[String],
        report: &mut MigrationReport,
    ) -> Result<Option<UpdateStatement>> {
        let shared = self.shared_names();
        let place = Place::of_all();
        if let Err(Error::UnknownMigration { migration, .. }) =
            tenant::check_known(place, applied, migrations, &shared)
        {
            report.ahead = Some(migration);
            return Ok(None);
        }
        let is_applied = |m: &LaidOutMigration| applied.iter().any(|name| name == m.name());
        if migrations.iter().all(is_applied) && self.is_filled(migrations).await? {
            self.mend_security().await?;
            return Ok(Some(self.settling(migrations)));
        }
        // Whatever changes tables brings the rules about rows to what they should be as well.
        let mut is_secured = false;
        let mut start = 0;
        for end in piece_ends(migrations) {
            let pending = migrations[start..end].iter().find(|m| !is_applied(m));
            if let Some(pending) = pending {
                if run.options.selection.is_partial() {
                    let migration = pending.name().to_owned();
                    return Err(Error::SelectionTooSmall { migration });
                }
                if run.is_ended() {
                    return Ok(None);
                }
                self.change_once(run, &migrations[..end], !applied.is_empty(), report).await?;
                is_secured = true;
            }
            if migrations[..end].last().is_some_and(|last| last.recorded.has_data()) {
                if !is_secured {
                    self.mend_security().await?;
                    is_secured = true;
                }
                if !self.fill_each(run, &migrations[..end], &migrations[end..], report).await? {
                    return Ok(None);
                }
            }
            start = end;
        }
        Ok(Some(self.settling(migrations)))
    }

    /// Whether every tenant has all data steps, in one statement however many there are.
    async fn is_filled(&self, migrations: &[LaidOutMigration]) -> Result<bool> {
        let Some(last) = last_with_data(migrations) else { return Ok(true) };
        let having: Vec<String> =
            migrations[last..].iter().map(|migration| migration.name().to_owned()).collect();
        Ok(self.registry().lacking(&having, None, 1).await?.is_empty())
    }

    pub(crate) fn shared_names(&self) -> Vec<String> {
        self.shared_migrations().iter().map(|m| m.name().to_owned()).collect()
    }

    /// Makes the changes up to a piece's end, once.
    async fn change_once(
        &self,
        run: &Run<'_>,
        migrations: &[LaidOutMigration],
        has_ledger: bool,
        report: &mut MigrationReport,
    ) -> Result<()> {
        let id = run.id(self).await?;
        let mut others = self.shared_names();
        others.extend(self.tenant_set().migrations().iter().map(|m| m.name.clone()));
        let known = Known { others: &others, done: None, has_ledger };
        let mut until = 0;
        while until < migrations.len() {
            let is_outside = |m: &LaidOutMigration| !m.recorded.in_transaction;
            let next = migrations[until..].iter().position(is_outside).map(|at| until + at);
            let end = next.unwrap_or(migrations.len());
            let piece = &migrations[..end];
            let change = || self.change_piece(id, piece, known);
            let newly = retry::while_passing(change).await?;
            report.shared.extend(newly);
            until = end;
            if let Some(outside) = next {
                let route = Route::new(self.databases().direct.clone());
                let migration = &migrations[outside];
                let done =
                    outside::apply(&route, Place::of_all(), migration, self.entering()).await?;
                let done = done.then(|| migration.name());
                let known = Known { done, ..known };
                let newly = self.change_piece(id, &migrations[..=outside], known).await?;
                report.shared.extend(newly);
                until = outside + 1;
            }
        }
        Ok(())
    }

    /// One transaction of changes; the run's record stands in it too.
    async fn change_piece(
        &self,
        run: RunId,
        migrations: &[LaidOutMigration],
        known: Known<'_>,
    ) -> Result<Vec<String>> {
        let transaction = begin_writing(&self.databases().direct).await?;
        let place = Place::of_all();
        tenant::enter(&transaction, place, self.entering()).await?;
        let (transaction, newly) =
            tenant::apply_pending(transaction, place, migrations, known).await?;
        let backend = transaction.get_database_backend();
        let noting = backend.build(&history::noting(run, &newly, backend));
        let recording = self.recording(&newly).map(|recording| backend.build(&recording));
        let statements = std::iter::once(noting).chain(recording).collect();
        let recorded = message::send_together(&transaction, statements).await;
        recorded.map_err(Error::database("recording the migrations"))?;
        let unsecured = self.secure(&transaction).await?;
        transaction.commit().await.map_err(Error::database("committing the migrations"))?;
        self.learn_security(unsecured);
        Ok(newly)
    }

    /// Runs the data steps of the last of these migrations for each tenant that lacks it. Tells
    /// whether every tenant has it then.
    async fn fill_each(
        &self,
        run: &Run<'_>,
        migrations: &[LaidOutMigration],
        later: &[LaidOutMigration],
        report: &mut MigrationReport,
    ) -> Result<bool> {
        let positions = positions(migrations);
        let last = migrations.last().into_iter();
        let having: Vec<String> = last.chain(later).map(|m| m.name().to_owned()).collect();
        let mut after: Option<Slug> = None;
        let mut is_complete = true;
        loop {
            let read = || self.registry().lacking(&having, after.as_ref(), PAGE);
            let page = retry::while_passing(read).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.slug.clone());
            let lacking = self.included(run, page).await?;
            is_complete &= lacking.left_out == 0;
            if !lacking.tenants.is_empty() {
                let id = run.id(self).await?;
                let outcomes = self
                    .work_on(run, id, &lacking.tenants, &|tenant| {
                        let positions = &positions;
                        Box::pin(retry::while_passing(move || {
                            self.fill(id, tenant, migrations, positions)
                        }))
                    })
                    .await;
                report.merge(outcomes);
            }
        }
        Ok(is_complete && report.is_complete())
    }

    /// Those of a page that the run is for.
    async fn included(&self, run: &Run<'_>, page: Vec<Tenant>) -> Result<Included> {
        let selection = &run.options.selection;
        let before = page.len();
        let mut tenants = page;
        if selection.canary.is_some() {
            let canaries = self.selected(selection).await?;
            tenants.retain(|tenant| canaries.iter().any(|canary| canary.id == tenant.id));
        } else {
            tenants.retain(|tenant| selection.includes(&tenant.slug));
        }
        Ok(Included { left_out: before - tenants.len(), tenants })
    }

    async fn fill(
        &self,
        run: RunId,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
        positions: &HashMap<&str, usize>,
    ) -> Result<Outcome> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        // Another run may have been here while this one waited for the lock.
        let now = Registry::reread(&transaction, tenant).await?;
        let from = applied_count(&now, positions).unwrap_or(migrations.len());
        let (transaction, applied) =
            run_data(transaction, place, migrations.get(from..).unwrap_or_default()).await?;
        let outcome = Outcome::of(applied);
        if let Outcome::Migrated { .. } = outcome {
            let head = migrations.last().map(|migration| &migration.recorded);
            self.commit_work(transaction, run, tenant, head, &outcome).await?;
        }
        Ok(outcome)
    }

    /// What lists as up to date all tenants that have the last of the data steps.
    fn settling(&self, migrations: &[LaidOutMigration]) -> UpdateStatement {
        let head = self.tenant_set().head();
        let last = last_with_data(migrations);
        let names: Vec<String> =
            migrations[last.unwrap_or(0)..].iter().map(|m| m.name().to_owned()).collect();
        // What a newer release has brought a tenant to meanwhile stays.
        let present =
            if last.is_some() { Present::Among(&names) } else { Present::AmongOrNone(&names) };
        Registry::setting_heads(present, head)
    }
}

fn last_with_data(migrations: &[LaidOutMigration]) -> Option<usize> {
    migrations.iter().rposition(|migration| migration.recorded.has_data())
}

/// Runs the data steps of migrations, in order; the names of those that had any.
pub(crate) async fn run_data(
    mut transaction: sea_orm::DatabaseTransaction,
    place: Place<'_>,
    migrations: &[LaidOutMigration],
) -> Result<(sea_orm::DatabaseTransaction, Vec<String>)> {
    let mut applied = Vec::new();
    for migration in migrations.iter().filter(|migration| migration.recorded.has_data()) {
        let is_data = |step: &&LaidOutStep| matches!(step, LaidOutStep::Data(..));
        let data: Vec<LaidOutStep> = migration.up.iter().filter(is_data).cloned().collect();
        transaction = tenant::run_steps(transaction, place, migration.name(), &data).await?;
        applied.push(migration.name().to_owned());
    }
    Ok((transaction, applied))
}
