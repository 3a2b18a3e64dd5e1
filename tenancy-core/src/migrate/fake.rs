//! Notes migrations as applied, or as not applied, without running them.

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    history::{Direction, RunId},
    layout::LaidOutMigration,
    ledger,
    report::{MigrationReport, Outcome, TenantOutcome},
    retry,
    run::{MigrateOptions, Run},
    tenant::{self, Place},
};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    registry::{Present, Registry},
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
    tenant::Tenant,
};

impl Tenancy {
    /// Notes the tenant migrations up to one as applied, and those after it as not, without running
    /// any; up to the last if none is named. For places whose tables were made or changed by hand:
    /// nothing is looked at, and what is noted wrongly stays wrong.
    ///
    /// # Errors
    /// [`Error::NoSuchMigration`], and [`Error::SelectionTooSmall`] for some tenants where all lie
    /// in the same tables. What fails for a tenant stands in the report.
    pub async fn fake(
        &self,
        to: Option<&str>,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        let _forgetting = self.forgetting();
        self.registry().install(self.strategy().name()).await?;
        let migrations = self.laid_out().await?;
        let until = match to {
            None => migrations.len(),
            Some(name) => {
                let at = migrations.iter().position(|migration| migration.name() == name);
                at.ok_or_else(|| Error::NoSuchMigration { migration: name.to_owned() })? + 1
            }
        };
        let run = Run::new(options, &progress, Direction::Up, None);
        let mut report = MigrationReport::default();
        let id = run.id(self).await?;
        match self.strategy().tenant_ddl() {
            TenantDdl::Once => {
                Box::pin(self.fake_once(&run, &migrations, until, &mut report)).await?;
            }
            TenantDdl::PerTenant => {
                let tenants = self.selected(&options.selection).await?;
                report.tenants = self
                    .work_on(&run, id, &tenants, &|tenant| {
                        let migrations = &*migrations;
                        Box::pin(retry::while_passing(move || {
                            self.fake_one(id, tenant, migrations, until)
                        }))
                    })
                    .await;
            }
        }
        if report.is_complete() {
            self.history().finish(id).await?;
        }
        report.run = Some(id);
        self.load_catalog().await?;
        Ok(report)
    }

    pub(super) async fn fake_once(
        &self,
        run: &Run<'_>,
        migrations: &[LaidOutMigration],
        until: usize,
        report: &mut MigrationReport,
    ) -> Result<()> {
        if run.options.selection.is_partial() {
            let migration = migrations.first().map(|m| m.name().to_owned()).unwrap_or_default();
            return Err(Error::SelectionTooSmall { migration });
        }
        let transaction = begin_writing(&self.databases().direct).await?;
        let place = Place::of_all();
        tenant::enter(&transaction, place, self.entering()).await?;
        ledger::install(&transaction).await?;
        report.shared = note(&transaction, migrations, until).await?;
        let head = newest(migrations, until);
        Registry::set_heads(&transaction, Present::Any, head).await?;
        self.record_applied(&transaction, &report.shared).await?;
        self.secure(&transaction).await?;
        transaction.commit().await.map_err(Error::database("committing the ledger"))
    }

    pub(super) async fn fake_one(
        &self,
        run: RunId,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
        until: usize,
    ) -> Result<Outcome> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        ledger::install(&transaction).await?;
        let applied = note(&transaction, migrations, until).await?;
        let head = newest(migrations, until);
        let outcome = Outcome::of(applied);
        self.commit_work(transaction, run, tenant, head, &outcome).await?;
        Ok(outcome)
    }
}

fn newest(
    migrations: &[LaidOutMigration],
    until: usize,
) -> Option<&super::record::RecordedMigration> {
    until.checked_sub(1).map(|at| &migrations[at].recorded)
}

/// Brings the ledger to say that the first migrations are applied and the others are not; the names
/// of those that were entered.
async fn note(
    transaction: &DatabaseTransaction,
    migrations: &[LaidOutMigration],
    until: usize,
) -> Result<Vec<String>> {
    let backend = transaction.get_database_backend();
    let applied = ledger::applied(transaction).await?;
    let mut entered = Vec::new();
    for (at, migration) in migrations.iter().enumerate() {
        let name = migration.name();
        let is_applied = applied.iter().any(|applied| applied == name);
        if at < until && !is_applied {
            tenant::write_ledger(transaction, &ledger::enter(backend, name)).await?;
            entered.push(name.to_owned());
        } else if at >= until && is_applied {
            tenant::write_ledger(transaction, &ledger::leave(backend, name)).await?;
        }
    }
    Ok(entered)
}
