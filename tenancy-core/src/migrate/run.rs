//! Runs migrations over the shared tables and all tenants, and tells where they stand.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt, future::BoxFuture, stream};

use super::{
    layout::{LaidOutMigration, Layout},
    ledger,
    report::{
        MigrationCounts, MigrationReport, MigrationStatus, Outcome, TenantOutcome, TenantProgress,
    },
    shared,
    tenant::{self, Place},
};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    introspect,
    registry::{ListTenants, Registry},
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
    tenant::{Slug, Tenant},
};

/// How a run goes about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MigrateOptions {
    /// How many tenants are brought forward at a time.
    pub jobs: usize,
    /// Whether it goes on with other tenants after one has failed.
    pub continue_on_error: bool,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self { jobs: 4, continue_on_error: false }
    }
}

/// How many tenants are read from the registry at a time.
const PAGE: u64 = 500;

impl Tenancy {
    /// Brings everything forward: the registry's tables, the shared tables, and those of every
    /// tenant that is migrated by its status. Each tenant is before or after, never between; a run
    /// that was cut off is gone on with by running again.
    ///
    /// `progress` is told of each tenant as it ends.
    ///
    /// # Errors
    /// What fails before the tenants are begun with. What fails for a tenant stands in the report.
    pub async fn migrate(
        &self,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        self.registry().install(self.strategy().name()).await?;
        let mut report = MigrationReport {
            shared: shared::up(&self.databases().direct, self.shared_migrations()).await?,
            ..MigrationReport::default()
        };
        let migrations = self.laid_out().await?;
        match self.strategy().tenant_ddl() {
            TenantDdl::Once => report.shared.extend(self.migrate_once(&migrations).await?),
            TenantDdl::PerTenant => {
                report.tenants = self.migrate_each(&migrations, options, &progress).await?;
            }
        }
        self.load_catalog().await?;
        Ok(report)
    }

    /// Where the migrations stand. Writes nothing.
    ///
    /// # Errors
    /// [`Error::NotInitialised`], and [`Error::Database`] when the registry cannot be read.
    pub async fn migration_status(&self) -> Result<MigrationStatus> {
        self.registry().check_marker(self.strategy().name()).await?;
        let applied = ledger::applied(&self.databases().central).await?;
        let shared = self.shared_migrations().iter().map(|m| m.name().to_owned());
        let names: Vec<String> =
            self.tenant_set().migrations().iter().map(|m| m.name.clone()).collect();
        let mut status = MigrationStatus {
            shared: shared
                .map(|name| (applied.contains(&name), name))
                .map(|(a, n)| (n, a))
                .collect(),
            ..MigrationStatus::default()
        };
        let mut page = ListTenants { limit: Some(PAGE), ..ListTenants::default() };
        loop {
            let tenants = self.registry().list(&page).await?;
            page.after = tenants.last().map(|tenant| tenant.slug.clone());
            status.tenants.extend(tenants.into_iter().map(|tenant| progress_of(tenant, &names)));
            if page.after.is_none() {
                break;
            }
        }
        status.tenant = names;
        Ok(status)
    }

    /// How many tenants a run would concern now, in two statements however many there are.
    ///
    /// # Errors
    /// [`Error::NotInitialised`], and [`Error::Database`] when the registry cannot be read.
    pub async fn migration_counts(&self) -> Result<MigrationCounts> {
        self.registry().check_marker(self.strategy().name()).await?;
        let head = self.tenant_set().head().map(|head| head.name.as_str());
        let (tenants, behind) = self.registry().count_behind(head).await?;
        Ok(MigrationCounts { tenants, behind })
    }

    /// The tenant set as it is sent under this strategy.
    pub(crate) async fn laid_out(&self) -> Result<Vec<LaidOutMigration>> {
        self.check_sides(&self.databases().direct).await?;
        let shared = introspect::shared_catalog(&self.databases().direct).await?;
        Layout {
            shared: &shared,
            reserved: self.tenant_column(),
            strategy: self.strategy(),
            dialect: self.dialect(),
        }
        .lay_out(self.tenant_set())
    }

    async fn migrate_once(&self, migrations: &[LaidOutMigration]) -> Result<Vec<String>> {
        let transaction = begin_writing(&self.databases().direct).await?;
        let place = Place::of_all();
        tenant::enter(&transaction, place, self.lock_timeout()).await?;
        let shared: Vec<String> =
            self.shared_migrations().iter().map(|m| m.name().to_owned()).collect();
        let (transaction, newly) =
            tenant::apply_pending(transaction, place, migrations, &shared).await?;
        Registry::set_all_heads(&transaction, self.tenant_set().head()).await?;
        transaction.commit().await.map_err(Error::database("committing the migrations"))?;
        Ok(newly)
    }

    async fn migrate_each(
        &self,
        migrations: &[LaidOutMigration],
        options: &MigrateOptions,
        progress: &(impl Fn(&TenantOutcome) + Send + Sync),
    ) -> Result<Vec<TenantOutcome>> {
        let head = self.tenant_set().head().map(|head| head.name.as_str());
        let stopped = AtomicBool::new(false);
        let mut outcomes = Vec::new();
        let mut after: Option<Slug> = None;
        loop {
            let behind = self.registry().behind(head, after.as_ref(), PAGE).await?;
            let Some(last) = behind.last() else { break };
            after = Some(last.slug.clone());
            // A closure over borrowed tenants would keep the whole future from being `Send`.
            let mut runs: Vec<BoxFuture<'_, TenantOutcome>> = Vec::with_capacity(behind.len());
            for tenant in &behind {
                let run = self.migrate_one(tenant, migrations, options, &stopped, progress);
                runs.push(Box::pin(run));
            }
            let page: Vec<TenantOutcome> =
                stream::iter(runs).buffered(options.jobs.max(1)).collect().await;
            outcomes.extend(page);
        }
        Ok(outcomes)
    }

    async fn migrate_one(
        &self,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
        options: &MigrateOptions,
        stopped: &AtomicBool,
        progress: &(impl Fn(&TenantOutcome) + Send + Sync),
    ) -> TenantOutcome {
        let outcome = if stopped.load(Ordering::Acquire) {
            Outcome::Skipped
        } else {
            match self.bring_forward(tenant, migrations).await {
                Ok(applied) if applied.is_empty() => Outcome::UpToDate,
                Ok(applied) => Outcome::Migrated { applied },
                Err(error) => {
                    stopped.store(!options.continue_on_error, Ordering::Release);
                    Outcome::Failed { error }
                }
            }
        };
        let outcome = TenantOutcome { tenant: tenant.slug.clone(), outcome };
        progress(&outcome);
        outcome
    }

    async fn bring_forward(
        &self,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<Vec<String>> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.lock_timeout()).await?;
        let (transaction, applied) =
            tenant::apply_pending(transaction, place, migrations, &[]).await?;
        transaction.commit().await.map_err(Error::database("committing the migrations"))?;
        // The ledger beside the tables is the truth; a crash before this line leaves the tenant
        // listed as behind, and the next run finds nothing to apply and lists it as it is.
        let head = self.tenant_set().head();
        Registry::set_head(self.registry().database(), None, tenant.id, head).await?;
        Ok(applied)
    }
}

fn progress_of(tenant: Tenant, names: &[String]) -> TenantProgress {
    let pending = match &tenant.migration_head {
        None => Some(names.len()),
        Some(head) => names.iter().position(|name| name == head).map(|at| names.len() - at - 1),
    };
    TenantProgress { tenant: tenant.slug, head: tenant.migration_head, pending }
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
