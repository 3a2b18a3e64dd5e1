//! `TenantJob`: work for a tenant that is done later, or elsewhere.

use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use crate::{
    connection::TenantConnection,
    error::{Error, Result},
    tenancy::Tenancy,
    tenant::{Tenant, TenantId},
};

/// A job with the tenant that it is for, in the form that queues keep it in (serde).
///
/// The tenant is named by its id, which is never another one's: a job of a tenant that has been deleted
/// does not reach one that has taken over its slug. What the job does is done through a connection that
/// the worker opens, and a tenant out of service is refused there like anywhere else; the worker puts
/// the job back, or drops it, by [what it was refused for](Error::NotServed).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tenancy_core::{Tenancy, Tenant, TenantJob};
///
/// #[derive(Serialize, Deserialize)]
/// struct SendInvoice { invoice: i32 }
///
/// # async fn example(tenancy: Tenancy, acme: Tenant) -> Result<(), Box<dyn std::error::Error>> {
/// // In a handler:
/// let text = serde_json::to_string(&TenantJob::new(&acme, SendInvoice { invoice: 7 }))?;
///
/// // In the worker:
/// let job: TenantJob<SendInvoice> = serde_json::from_str(&text)?;
/// job.run(&tenancy, async |connection, job| {
///     tracing::info!(job.invoice, "sending"); // with the fields `tenant` and `tenant.id`
///     connection.ping().await
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantJob<T> {
    tenant: TenantId,
    payload: T,
}

impl<T> TenantJob<T> {
    /// A job for a tenant.
    #[must_use]
    pub fn new(tenant: &Tenant, payload: T) -> Self {
        Self { tenant: tenant.id, payload }
    }

    /// The tenant that it is for.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What is to be done.
    #[must_use]
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// What is to be done, without the tenant.
    #[must_use]
    pub fn into_payload(self) -> T {
        self.payload
    }

    /// Opens a connection of the tenant's.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] for one that is there no more, and those of [`Tenancy::connection`],
    /// among them [`Error::NotServed`].
    pub async fn open(&self, tenancy: &Tenancy) -> Result<TenantConnection> {
        let tenant = tenancy.lookup().by_id(self.tenant).await?;
        let unknown = || Error::UnknownTenant { tenant: self.tenant.to_string() };
        tenancy.connection(&tenant.ok_or_else(unknown)?).await
    }

    /// Opens a connection of the tenant's and does the work with it. What is logged meanwhile has the
    /// fields `tenant` and `tenant.id`.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and what the work returns.
    pub async fn run<R, E, F, W>(self, tenancy: &Tenancy, work: F) -> Result<R, E>
    where
        F: FnOnce(TenantConnection, T) -> W,
        W: Future<Output = Result<R, E>>,
        E: From<Error>,
    {
        let connection = match self.open(tenancy).await {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(tenant.id = %self.tenant, code = error.code(), "a job was refused");
                return Err(error.into());
            }
        };
        let tenant = connection.tenant();
        let span = tracing::info_span!("job", tenant = %tenant.slug, tenant.id = %tenant.id);
        work(connection, self.payload).instrument(span).await
    }
}
