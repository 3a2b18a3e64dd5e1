//! What an application does at the beginning and at the end of a tenant's life: `trait TenantHooks`.

use async_trait::async_trait;
use sea_orm::DbErr;

use crate::{connection::TenantTransaction, tenant::Tenant};

/// Work of the application when a tenant comes and when it goes. It is handed over beside the
/// migrations, so that whoever creates a tenant, also the command line, does it.
///
/// Every method does nothing unless it is written. A transaction that is handed to one ends with
/// the framework's work on the tenant: what the hook writes through it is there with the tenant, or
/// not at all. What a hook does elsewhere is not taken back when something fails after it, and may
/// be done again when a creation that was cut off is finished.
///
/// ```
/// use sea_orm::{ConnectionTrait, DbErr};
/// use tenancy_core::{MigrationSets, Tenant, TenantHooks, TenantTransaction};
///
/// struct Welcome;
///
/// #[async_trait::async_trait]
/// impl TenantHooks for Welcome {
///     async fn provisioned(
///         &self,
///         _tenant: &Tenant,
///         transaction: &TenantTransaction,
///     ) -> Result<(), DbErr> {
///         let insert = "INSERT INTO note (title) VALUES ('Welcome')";
///         transaction.execute_unprepared(insert).await.map(|_| ())
///     }
/// }
///
/// let sets = MigrationSets { hooks: vec![Box::new(Welcome)], ..MigrationSets::default() };
/// assert_eq!(sets.hooks.len(), 1);
/// ```
#[async_trait]
pub trait TenantHooks: Send + Sync + 'static {
    /// Called when a new tenant has its tables and its seeds, before anyone can reach it. When it
    /// fails, the tenant is not created.
    ///
    /// # Errors
    /// Whatever stands against the tenant.
    async fn provisioned(
        &self,
        _tenant: &Tenant,
        _transaction: &TenantTransaction,
    ) -> Result<(), DbErr> {
        Ok(())
    }

    /// Called before a tenant is removed for ever, while it is out of service and its rows are still
    /// there. When it fails, the tenant is not removed.
    ///
    /// # Errors
    /// Whatever stands against the removal.
    async fn before_deletion(
        &self,
        _tenant: &Tenant,
        _transaction: &TenantTransaction,
    ) -> Result<(), DbErr> {
        Ok(())
    }
}
