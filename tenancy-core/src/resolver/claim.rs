//! `ClaimResolver`: a claim of the client's token names the tenant.

use async_trait::async_trait;
use http::request::Parts;
use serde_json::{Map, Value};

use super::{Candidate, Evidence, ResolveError, Resolver, header::named};
use crate::lookup::{TenantKey, TenantLookup};

/// The claims of a request's token, which whoever has *verified* the token leaves in the request's
/// extensions before the tenant layer sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenClaims(pub Map<String, Value>);

/// Yields the tenant whose id or slug a claim of the request's token names.
///
/// The token itself is verified by the application, which leaves its [`TokenClaims`] in the request.
/// A claim that is there and is no tenant's is refused.
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::ClaimResolver};
/// # fn example(tenancy: &Tenancy) -> ClaimResolver {
/// ClaimResolver::new(tenancy, "tenant")
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClaimResolver {
    lookup: TenantLookup,
    claim: String,
}

impl ClaimResolver {
    /// A resolver for the claim of this name.
    #[must_use]
    pub fn new(lookup: impl Into<TenantLookup>, claim: impl Into<String>) -> Self {
        Self { lookup: lookup.into(), claim: claim.into() }
    }
}

#[async_trait]
impl Resolver for ClaimResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Credential
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let claims = request.extensions.get::<TokenClaims>();
        let Some(claim) = claims.and_then(|claims| claims.0.get(&self.claim)) else {
            return Ok(None);
        };
        let key: Option<TenantKey> = claim.as_str().and_then(|key| key.parse().ok());
        let key = key.ok_or(ResolveError::UnknownTenant)?;
        named(&self.lookup, &key).await.map(Some)
    }
}
