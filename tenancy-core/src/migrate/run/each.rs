//! The part of a run under a strategy with tables for each tenant: tenant by tenant, several at a
//! time.

use std::collections::HashMap;

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::{PAGE, Run, applied_count, outside, positions};
use crate::{
    databases::begin_writing,
    error::Result,
    migrate::{
        history::{self, RunId},
        layout::LaidOutMigration,
        ledger,
        message::{self, Message},
        report::{Outcome, TenantOutcome},
        retry,
        tenant::{self, Known, Place},
    },
    registry::Registry,
    strategy::{Purpose, Route},
    tenancy::Tenancy,
    tenant::{Slug, Tenant},
};

/// What is done for one tenant.
struct Work<'a> {
    run: RunId,
    tenant: &'a Tenant,
    route: Route,
    migrations: &'a [LaidOutMigration],
    /// What has been applied so far.
    applied: Vec<String>,
}

/// How a tenant's pending migrations are cut: each piece is one transaction.
fn pieces(migrations: &[LaidOutMigration], from: usize) -> Vec<std::ops::Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = from;
    for (at, migration) in migrations.iter().enumerate().skip(from) {
        if !migration.recorded.in_transaction {
            if start < at {
                pieces.push(start..at);
            }
            pieces.push(at..at + 1);
            start = at + 1;
        }
    }
    if start < migrations.len() {
        pieces.push(start..migrations.len());
    }
    pieces
}

impl Tenancy {
    pub(super) async fn migrate_each(
        &self,
        run: &Run<'_>,
        migrations: &[LaidOutMigration],
    ) -> Result<Vec<TenantOutcome>> {
        let positions = positions(migrations);
        let mut outcomes = Vec::new();
        let mut after: Option<Slug> = None;
        loop {
            let (behind, next) = self.next_behind(run, after.as_ref()).await?;
            if !behind.is_empty() {
                // The record comes first: a run that is cut off is to be found.
                let id = run.id(self).await?;
                outcomes.extend(self.migrate_page(run, id, &behind, migrations, &positions).await);
            }
            if next.is_none() {
                break;
            }
            after = next;
        }
        outcomes.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        Ok(outcomes)
    }

    /// The next tenants that the run is for, and where to go on after them.
    async fn next_behind(
        &self,
        run: &Run<'_>,
        after: Option<&Slug>,
    ) -> Result<(Vec<Tenant>, Option<Slug>)> {
        let head = self.tenant_set().head().map(|head| head.name.as_str());
        let selection = &run.options.selection;
        if selection.canary.is_some() {
            let mut selected = self.selected(selection).await?;
            selected.retain(|tenant| tenant.migration_head.as_deref() != head);
            return Ok((selected, None));
        }
        let read = || self.registry().behind(head, after, PAGE);
        let page = retry::while_passing(read).await?;
        let next = page.last().map(|last| last.slug.clone());
        let next = next.filter(|_| page.len() as u64 == PAGE);
        let included = page.into_iter().filter(|tenant| selection.includes(&tenant.slug));
        Ok((included.collect(), next))
    }

    async fn migrate_page(
        &self,
        run: &Run<'_>,
        id: RunId,
        behind: &[Tenant],
        migrations: &[LaidOutMigration],
        positions: &HashMap<&str, usize>,
    ) -> Vec<TenantOutcome> {
        self.work_on(run, id, behind, &|tenant| {
            Box::pin(self.bring_forward(id, tenant, migrations, positions))
        })
        .await
    }

    async fn bring_forward(
        &self,
        run: RunId,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
        positions: &HashMap<&str, usize>,
    ) -> Result<Outcome> {
        let Some(from) = applied_count(tenant, positions) else {
            return Ok(Outcome::ahead(tenant));
        };
        let find = || self.strategy().route(self.databases(), tenant, Purpose::Migration);
        let route = retry::while_passing(find).await?;
        let applied = Vec::new();
        let applied = self.advance(Work { run, tenant, route, migrations, applied }, from).await?;
        Ok(Outcome::of(applied))
    }

    async fn advance(&self, mut work: Work<'_>, from: usize) -> Result<Vec<String>> {
        for piece in pieces(work.migrations, from) {
            // A later piece must not lose what was applied before it.
            let newly = retry::while_passing(|| self.apply_piece(&work, piece.clone())).await?;
            work.applied.extend(newly);
        }
        Ok(work.applied)
    }

    async fn apply_piece(
        &self,
        work: &Work<'_>,
        piece: std::ops::Range<usize>,
    ) -> Result<Vec<String>> {
        let pending = &work.migrations[piece.clone()];
        if let [migration] = pending
            && !migration.recorded.in_transaction
        {
            let place = Place::of(work.tenant, work.route.schema.as_ref());
            let is_done = outside::apply(&work.route, place, migration, self.entering()).await?;
            let done = is_done.then(|| migration.name());
            return self.apply_live(work, piece.end, done).await;
        }
        if let Some(message) = self.message(work, &piece) {
            match work.route.connection.execute_unprepared(message.text()).await {
                Ok(_) => return Ok(names(pending)),
                // Whatever it was: step by step it is done, or fails with the step named.
                Err(error) => tracing::debug!(tenant = %work.tenant.slug, %error, "step by step"),
            }
        }
        self.apply_live(work, piece.end, None).await
    }

    /// The piece as one message, where nothing in it has to be waited for.
    fn message(&self, work: &Work<'_>, piece: &std::ops::Range<usize>) -> Option<Message> {
        let schema = work.route.schema.as_ref()?;
        let pending = &work.migrations[piece.clone()];
        let is_plain = pending.iter().all(|migration| message::is_plain(&migration.up));
        if !(is_plain && self.strategy().shares_registry(self.dialect())) {
            return None;
        }
        let place = Place::of(work.tenant, Some(schema));
        let before: Vec<&str> =
            work.migrations[..piece.start].iter().map(LaidOutMigration::name).collect();
        let mut message = Message::default();
        message.lock(place, self.lock_timeout());
        message.enter(schema, self.entering());
        message.assert(schema, &before);
        message.apply(pending);
        message.leave();
        let newest = pending.last().map(|migration| &migration.recorded);
        message.update(&Registry::head_update(work.tenant.id, newest, Utc::now()));
        let outcome = Outcome::Migrated { applied: names(pending) };
        message.insert(&history::outcome(work.run, work.tenant, &outcome, DbBackend::Postgres));
        let recorded = pending.iter().map(|migration| &migration.recorded);
        if let Some(recording) = history::recording(recorded) {
            message.insert(&recording);
        }
        Some(message)
    }

    /// Applies what the ledger of the place lacks up to a position in the set, step by step.
    async fn apply_live(
        &self,
        work: &Work<'_>,
        until: usize,
        done: Option<&str>,
    ) -> Result<Vec<String>> {
        let transaction = begin_writing(&work.route.connection).await?;
        let place = Place::of(work.tenant, work.route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let others = names(&work.migrations[until..]);
        let until = &work.migrations[..until];
        let known = Known { others: &others, done, has_ledger: false };
        let (transaction, newly) = tenant::apply_pending(transaction, place, until, known).await?;
        let newest = self.newest_in(&transaction, work.migrations).await?;
        let outcome = Outcome::of(newly.clone());
        let newest = newest.map(|migration| &migration.recorded);
        self.commit_work(transaction, work.run, work.tenant, newest, &outcome).await?;
        Ok(newly)
    }

    async fn newest_in<'m>(
        &self,
        transaction: &DatabaseTransaction,
        migrations: &'m [LaidOutMigration],
    ) -> Result<Option<&'m LaidOutMigration>> {
        let applied = ledger::applied(transaction).await?;
        Ok(migrations.iter().rev().find(|m| applied.iter().any(|name| name == m.name())))
    }
}

fn names(migrations: &[LaidOutMigration]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_owned()).collect()
}
