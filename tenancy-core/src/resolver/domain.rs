//! `DomainResolver`: the host is exactly one of a tenant's domains.

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, ResolveError, Resolver, host};
use crate::registry::Registry;

/// Yields the tenant whose domain, primary or not, is the request's host.
///
/// Subdomains of a tenant's domain are not the tenant's.
///
/// ```
/// # use tenancy_core::{Registry, resolver::DomainResolver};
/// # fn example(registry: &Registry) -> DomainResolver {
/// DomainResolver::new(registry.clone())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DomainResolver {
    registry: Registry,
}

impl DomainResolver {
    /// A resolver for the domains in a registry.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }
}

#[async_trait]
impl Resolver for DomainResolver {
    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let host = host(request)?;
        let tenant = self.registry.find_by_domain(&host).await.map_err(ResolveError::lookup)?;
        Ok(tenant.map(Candidate::new))
    }
}
