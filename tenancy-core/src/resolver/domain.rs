//! `DomainResolver`: the host is exactly one of a tenant's domains.

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, Evidence, ResolveError, Resolver, host};
use crate::lookup::TenantLookup;

/// Yields the tenant whose domain, primary or not, is the request's host.
///
/// Subdomains of a tenant's domain are not the tenant's.
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::DomainResolver};
/// # fn example(tenancy: &Tenancy) -> DomainResolver {
/// DomainResolver::new(tenancy)
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DomainResolver {
    lookup: TenantLookup,
}

impl DomainResolver {
    /// A resolver for the domains in a registry.
    #[must_use]
    pub fn new(lookup: impl Into<TenantLookup>) -> Self {
        Self { lookup: lookup.into() }
    }
}

#[async_trait]
impl Resolver for DomainResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Host
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let host = host(request)?;
        let tenant = self.lookup.by_domain(&host).await.map_err(ResolveError::lookup)?;
        Ok(tenant.map(|tenant| Candidate::new(tenant).by_domain(host)))
    }
}
