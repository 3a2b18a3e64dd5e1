//! `SubdomainResolver`: the host is a tenant's slug under a domain of the application's.

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, Evidence, ResolveError, Resolver, host};
use crate::{domain::DomainName, lookup::TenantLookup, tenant::Slug};

/// Yields the tenant whose slug stands before one of the bases: `acme.example.com` is `acme`'s where
/// `example.com` is a base.
///
/// The base itself is nobody's, nor is what stands deeper (`www.acme.example.com`), and a name that
/// only ends like a base (`acme.notexample.com`).
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::SubdomainResolver};
/// # fn example(tenancy: &Tenancy) -> tenancy_core::Result<SubdomainResolver> {
/// Ok(SubdomainResolver::new(tenancy, ["example.com".parse()?]))
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SubdomainResolver {
    lookup: TenantLookup,
    bases: Vec<DomainName>,
}

impl SubdomainResolver {
    /// A resolver for slugs under these domains.
    pub fn new(
        lookup: impl Into<TenantLookup>,
        bases: impl IntoIterator<Item = DomainName>,
    ) -> Self {
        Self { lookup: lookup.into(), bases: bases.into_iter().collect() }
    }

    fn slug(&self, host: &DomainName) -> Option<Slug> {
        let labels = self
            .bases
            .iter()
            .find_map(|base| host.as_str().strip_suffix(base.as_str())?.strip_suffix('.'))?;
        // More than one label is no slug, because a slug has no dot.
        labels.parse().ok()
    }
}

#[async_trait]
impl Resolver for SubdomainResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Host
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let Some(slug) = self.slug(&host(request)?) else { return Ok(None) };
        let tenant = self.lookup.by_slug(&slug).await.map_err(ResolveError::lookup)?;
        Ok(tenant.map(Candidate::new))
    }
}
