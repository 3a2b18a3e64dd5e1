//! Keeps the database's own rules about tenant tables what they should be.

use sea_orm::DatabaseTransaction;

use crate::{
    catalog::Catalog,
    databases::begin_writing,
    error::{Error, Result},
    introspect,
    strategy::{TenantDdl, Unsecured},
    tenancy::Tenancy,
};

impl Tenancy {
    /// Brings them to what they should be, in the transaction that has changed the tables; what is not
    /// afterwards.
    pub(super) async fn secure(
        &self,
        transaction: &DatabaseTransaction,
    ) -> Result<Option<Unsecured>> {
        if self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            let others = Catalog::default();
            return self.strategy().secure(self.databases(), transaction, &others).await;
        }
        let others = introspect::beside_tenants(transaction).await?;
        self.strategy().secure(self.databases(), transaction, &others).await
    }

    /// The same where no table has changed, but what is asked for may have.
    pub(super) async fn mend_security(&self) -> Result<()> {
        if self.check_secured().await.is_ok() {
            self.learn_security(None);
            return Ok(());
        }
        let transaction = begin_writing(&self.databases().direct).await?;
        self.secure(&transaction).await?;
        transaction.commit().await.map_err(Error::database("committing the rules about rows"))?;
        self.look_at_security().await
    }

    /// Compares them with what they should be.
    pub(crate) async fn check_secured(&self) -> Result<()> {
        if self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            return self.strategy().check_secured(self.databases(), &Catalog::default()).await;
        }
        let others = introspect::beside_tenants(&self.databases().direct).await?;
        self.strategy().check_secured(self.databases(), &others).await
    }
}
