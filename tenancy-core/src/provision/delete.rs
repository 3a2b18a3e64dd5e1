//! The deletion of a tenant, as long as it can be taken back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    error::{Error, Result},
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantStatus},
};

impl Tenancy {
    /// Takes a tenant out of service for good, and ends all its handles. Its place, rows, domains
    /// and members stay until [`remove_tenant`](Self::remove_tenant) is called, and until then
    /// [`restore_tenant`](Self::restore_tenant) brings it back. A file of its own is moved to the trash
    /// meanwhile.
    ///
    /// A deletion that was cut off is gone on with by calling it again.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], [`Error::StatusChange`] for a tenant whose creation has to be
    /// [finished](Self::finish_tenant) first, and what the strategy says of a place that it cannot set
    /// aside; the tenant is out of service all the same.
    pub async fn delete_tenant(&self, slug: &Slug) -> Result<Tenant> {
        let tenant = self.registry().tenant(slug).await?;
        // The registry first: of a deletion that is cut off nothing is served.
        let tenant = self.mark_deleted(&tenant).await?;
        self.strategy().set_aside(self.databases(), &tenant).await?;
        Ok(tenant)
    }

    /// Brings a deleted tenant back, as a suspended one: it may lack migrations, and is served
    /// again when it is [resumed](Self::resume).
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], [`Error::StatusChange`] for a tenant that is not deleted, or whose
    /// removal has begun, and [`Error::WrongPlace`] for one whose place is gone.
    pub async fn restore_tenant(&self, slug: &Slug) -> Result<Tenant> {
        let tenant = self.registry().tenant(slug).await?;
        if tenant.status != TenantStatus::Deleted {
            let (from, to) = (tenant.status, TenantStatus::Suspended);
            return Err(Error::StatusChange { slug: slug.to_string(), from, to });
        }
        // The place first: a tenant that is in the registry has one.
        self.strategy().bring_back(self.databases(), &tenant).await?;
        let restored = self.change_status(tenant.clone(), TenantStatus::Suspended).await;
        if restored.is_err() {
            self.strategy().set_aside(self.databases(), &tenant).await?;
        }
        restored
    }
}

impl Tenant {
    /// When the grace period of a deleted tenant ends, after which its data may be removed; `None`
    /// of one that is not deleted.
    ///
    /// It begins with the deletion, and again with whatever is changed of the tenant after that.
    #[must_use]
    pub fn kept_until(&self, grace: Duration) -> Option<DateTime<Utc>> {
        let grace = TimeDelta::from_std(grace).unwrap_or(TimeDelta::MAX);
        let end = self.updated_at.checked_add_signed(grace).unwrap_or(DateTime::<Utc>::MAX_UTC);
        (self.status == TenantStatus::Deleted).then_some(end)
    }
}
