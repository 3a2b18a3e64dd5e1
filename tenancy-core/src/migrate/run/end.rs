//! The end of a run: what it has brought tenants to is told, and it is done with.

use sea_orm::sea_query::UpdateStatement;

use super::Run;
use crate::{
    error::{Error, Result},
    migrate::{history, message, report::MigrationReport, retry},
    strategy::TenantDdl,
    tenancy::Tenancy,
};

impl Tenancy {
    /// Ends a run as its report says; `settling` lists all tenants as having what they have by then.
    pub(super) async fn end(
        &self,
        run: &Run<'_>,
        settling: Option<UpdateStatement>,
        report: &mut MigrationReport,
    ) -> Result<()> {
        let selection = &run.options.selection;
        report.run = run.recorded();
        report.is_open =
            report.run.is_some() && (selection.canary.is_some() || !report.is_complete());
        let finishing = report.run.filter(|_| !report.is_open).map(history::finishing);
        let backend = self.databases().direct.get_database_backend();
        let statements = settling.into_iter().chain(finishing);
        let statements: Vec<_> = statements.map(|statement| backend.build(&statement)).collect();
        let database = self.registry().database();
        let tell = || async {
            let told = message::send_together(database, statements.clone()).await;
            told.map_err(Error::database("recording the end of the run"))
        };
        retry::while_passing(tell).await?;
        let is_whole = report.run.is_some()
            && !report.is_open
            && !selection.is_partial()
            && !selection.shared_only;
        if is_whole && self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            // The tenants are done: a ready place that is left behind is claimed by nobody.
            if let Err(error) = self.bring_ready_forward(&self.laid_out().await?).await {
                let error = error.with_sources();
                tracing::warn!(error, "ready places could not be brought forward");
            }
        }
        Ok(())
    }
}
