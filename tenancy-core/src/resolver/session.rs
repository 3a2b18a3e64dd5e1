//! `SessionResolver`: the session was made for a tenant.

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, Evidence, ResolveError, Resolver, header::named};
use crate::{
    lookup::{TenantKey, TenantLookup},
    tenant::TenantId,
};

/// The tenant that a request's session or token was issued for. Whoever has checked the credential
/// leaves it in the request's extensions before the tenant layer sees it.
///
/// Whether or not a resolver reads it, the layer refuses a request for any other tenant: a cookie of
/// one tenant's site opens no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BoundTenant(pub TenantId);

/// Yields the tenant that the request's session was made for, its [`BoundTenant`].
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::SessionResolver};
/// # fn example(tenancy: &Tenancy) -> SessionResolver {
/// SessionResolver::new(tenancy)
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SessionResolver {
    lookup: TenantLookup,
}

impl SessionResolver {
    /// A resolver for sessions.
    #[must_use]
    pub fn new(lookup: impl Into<TenantLookup>) -> Self {
        Self { lookup: lookup.into() }
    }
}

#[async_trait]
impl Resolver for SessionResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Credential
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let Some(bound) = request.extensions.get::<BoundTenant>() else { return Ok(None) };
        named(&self.lookup, &TenantKey::Id(bound.0)).await.map(Some)
    }
}
