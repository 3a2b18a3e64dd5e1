//! Tenants worked on several at a time, each with an outcome that is recorded and told.

use futures_util::{StreamExt, future::BoxFuture, stream};
use sea_orm::ConnectionTrait;

use super::Run;
use crate::{
    error::{Error, Result},
    migrate::{
        history::{self, RunId},
        report::{Outcome, TenantOutcome},
    },
    tenancy::Tenancy,
    tenant::Tenant,
};

/// What is done for one tenant. It puts up with what passes by itself: what it has done so far, only
/// it knows.
pub(crate) type Work<'a> = dyn Fn(&'a Tenant) -> BoxFuture<'a, Result<Outcome>> + Send + Sync + 'a;

impl Tenancy {
    /// Does the work for each of the tenants; the outcomes by slug. After a failure, or when the run
    /// is stopped, the tenants that are left are skipped.
    pub(crate) async fn work_on<'a>(
        &'a self,
        run: &'a Run<'_>,
        id: RunId,
        tenants: &'a [Tenant],
        work: &'a Work<'a>,
    ) -> Vec<TenantOutcome> {
        // A closure over borrowed tenants would keep the whole future from being `Send`.
        let mut works: Vec<BoxFuture<'_, TenantOutcome>> = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            works.push(Box::pin(self.work_on_one(run, id, tenant, work)));
        }
        let jobs = run.options.jobs.max(1);
        let mut outcomes: Vec<TenantOutcome> =
            stream::iter(works).buffer_unordered(jobs).collect().await;
        outcomes.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        outcomes
    }

    async fn work_on_one<'a>(
        &'a self,
        run: &'a Run<'_>,
        id: RunId,
        tenant: &'a Tenant,
        work: &'a Work<'a>,
    ) -> TenantOutcome {
        let outcome = if run.is_ended() {
            Outcome::Skipped
        } else {
            match work(tenant).await {
                Ok(outcome) => outcome,
                Err(Error::UnknownMigration { migration, .. }) => {
                    Outcome::Ahead { head: migration }
                }
                Err(error) => self.failure(tenant, error).await,
            }
        };
        if let Outcome::Failed { .. } = outcome {
            run.note_failure();
            self.record_failure(id, tenant, &outcome).await;
        }
        let outcome = TenantOutcome { tenant: tenant.slug.clone(), outcome };
        (run.progress)(&outcome);
        outcome
    }

    /// Whoever took a tenant out of service while it was worked on has taken its tables with it.
    async fn failure(&self, tenant: &Tenant, error: Error) -> Outcome {
        match self.registry().find(tenant.id).await {
            Ok(None) => Outcome::Skipped,
            Ok(Some(now)) if !now.status.is_migrated() => Outcome::Skipped,
            Ok(Some(_)) | Err(_) => Outcome::Failed { error },
        }
    }

    /// A failure that cannot be recorded stands in the report all the same.
    async fn record_failure(&self, run: RunId, tenant: &Tenant, outcome: &Outcome) {
        let database = self.registry().database();
        let backend = database.get_database_backend();
        let insert = history::outcome(run, tenant, outcome, backend);
        if let Err(error) = database.execute(&insert).await {
            tracing::warn!(tenant = %tenant.slug, %error, "the failure could not be recorded");
        }
    }
}
