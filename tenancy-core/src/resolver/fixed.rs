//! `FixedResolver`: every request is for one tenant.

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, Evidence, ResolveError, Resolver, header::named};
use crate::lookup::{TenantKey, TenantLookup};

/// Yields one tenant for every request, as where an installation has a single one, or on a
/// developer's machine.
///
/// It is no default: behind a resolver of hosts it is not asked about a host that is nobody's.
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::FixedResolver};
/// # fn example(tenancy: &Tenancy) -> tenancy_core::Result<FixedResolver> {
/// Ok(FixedResolver::new(tenancy, "acme".parse()?))
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FixedResolver {
    lookup: TenantLookup,
    tenant: TenantKey,
}

impl FixedResolver {
    /// A resolver that always names this tenant.
    #[must_use]
    pub fn new(lookup: impl Into<TenantLookup>, tenant: TenantKey) -> Self {
        Self { lookup: lookup.into(), tenant }
    }
}

#[async_trait]
impl Resolver for FixedResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Credential
    }

    async fn resolve(&self, _request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        named(&self.lookup, &self.tenant).await.map(Some)
    }
}
