//! The backup of a tenant that has a place of its own.

use std::path::Path;

use crate::{
    error::{Error, Result},
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantStatus},
};

impl Tenancy {
    /// Writes what a tenant has at one moment into a file that is not there yet, while the tenant is
    /// worked with. It is a SQLite database like the tenant's own, and takes its place to be restored.
    ///
    /// The file appears when it is complete, and then lasts; a backup that was cut off leaves one
    /// beside it whose name ends in `.tenancy-unfinished`, which the next backup under the same name
    /// replaces.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], [`Error::PlaceExists`] for a file that is there, [`Error::NotBackedUp`]
    /// where tenants do not lie in files of their own, [`Error::NotServed`] for a tenant that is being
    /// made or is deleted, [`Error::File`] and [`Error::Database`] when it cannot be written.
    pub async fn back_up(&self, slug: &Slug, file: &Path) -> Result<Tenant> {
        let tenant = self.registry().tenant(slug).await?;
        match tenant.status {
            TenantStatus::Active | TenantStatus::Suspended | TenantStatus::Archived => {}
            TenantStatus::Provisioning | TenantStatus::Deleted => {
                return Err(Error::NotServed { slug: slug.to_string(), status: tenant.status });
            }
        }
        self.strategy().back_up(self.databases(), &tenant, file).await?;
        Ok(tenant)
    }
}
