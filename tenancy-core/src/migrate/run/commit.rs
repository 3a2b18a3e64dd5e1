//! The end of the work on a tenant: its tables, its newest migration and what the run did to it are
//! committed together where they lie in one database.

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    error::{Error, Result},
    migrate::{
        history::{self, RunId},
        record::RecordedMigration,
        report::Outcome,
        tenant,
    },
    registry::Registry,
    tenancy::Tenancy,
    tenant::Tenant,
};

impl Tenancy {
    pub(crate) async fn commit_work(
        &self,
        transaction: DatabaseTransaction,
        run: RunId,
        tenant: &Tenant,
        newest: Option<&RecordedMigration>,
        outcome: &Outcome,
    ) -> Result<()> {
        let committing = Error::database("committing the migrations");
        if self.strategy().shares_registry(self.dialect()) {
            tenant::leave(&transaction).await?;
            self.record(&transaction, run, tenant, newest, outcome).await?;
            return transaction.commit().await.map_err(committing);
        }
        // The ledger beside the tables is the truth; a crash after this line leaves the tenant
        // listed as before, and the next run finds nothing to do and lists it as it is.
        transaction.commit().await.map_err(committing)?;
        self.record(self.registry().database(), run, tenant, newest, outcome).await
    }

    async fn record<C: ConnectionTrait>(
        &self,
        connection: &C,
        run: RunId,
        tenant: &Tenant,
        newest: Option<&RecordedMigration>,
        outcome: &Outcome,
    ) -> Result<()> {
        Registry::set_head(connection, tenant.id, newest, Utc::now()).await?;
        match outcome {
            Outcome::UpToDate => return Ok(()),
            Outcome::Migrated { applied } => self.record_applied(connection, applied).await?,
            Outcome::RolledBack { .. }
            | Outcome::Ahead { .. }
            | Outcome::Failed { .. }
            | Outcome::Skipped => {}
        }
        let backend = connection.get_database_backend();
        let insert = history::outcome(run, tenant, outcome, backend);
        connection.execute(&insert).await.map_err(Error::database("recording the outcome"))?;
        Ok(())
    }
}
