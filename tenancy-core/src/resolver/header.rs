//! `HeaderResolver`: a proxy that is trusted names the tenant in a header.

use async_trait::async_trait;
use http::{HeaderName, request::Parts};

use super::{Candidate, Evidence, ResolveError, Resolver, chain::FromTrustedProxy};
use crate::{
    error::{Error, Result},
    lookup::{TenantKey, TenantLookup},
};

/// Yields the tenant whose slug or id stands in a header, which only a
/// [proxy that the chain trusts](super::ResolverChain::trusting) may set.
///
/// The header of anybody else is refused rather than passed over: whoever sends it believes to be
/// somewhere else than it is.
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::{HeaderResolver, ResolverChain, TrustedProxies}};
/// # fn example(tenancy: &Tenancy) -> tenancy_core::Result<ResolverChain> {
/// Ok(ResolverChain::new()
///     .trusting(TrustedProxies::new(["10.0.0.0/8"])?)
///     .then(HeaderResolver::new(tenancy, "x-tenant")?))
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HeaderResolver {
    lookup: TenantLookup,
    header: HeaderName,
}

impl HeaderResolver {
    /// A resolver for this header.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what no header can be called.
    pub fn new(lookup: impl Into<TenantLookup>, header: &str) -> Result<Self> {
        let name = HeaderName::from_bytes(header.as_bytes());
        let header = name.map_err(|_| Error::InvalidName {
            kind: "header",
            name: header.chars().take(80).collect(),
            reason: "no header can be called so",
        })?;
        Ok(Self { lookup: lookup.into(), header })
    }
}

#[async_trait]
impl Resolver for HeaderResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Credential
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let mut fields = request.headers.get_all(&self.header).iter();
        let Some(field) = fields.next() else { return Ok(None) };
        if request.extensions.get::<FromTrustedProxy>().is_none() {
            return Err(ResolveError::UntrustedHeader { header: self.header.to_string() });
        }
        if fields.next().is_some() {
            return Err(ResolveError::Conflict);
        }
        let key: Option<TenantKey> = field.to_str().ok().and_then(|key| key.trim().parse().ok());
        let key = key.ok_or(ResolveError::UnknownTenant)?;
        named(&self.lookup, &key).await.map(Some)
    }
}

/// The candidate that a credential names.
pub(super) async fn named(
    lookup: &TenantLookup,
    key: &TenantKey,
) -> Result<Candidate, ResolveError> {
    let tenant = lookup.by_key(key).await.map_err(ResolveError::lookup)?;
    tenant.map(Candidate::new).ok_or(ResolveError::UnknownTenant)
}
