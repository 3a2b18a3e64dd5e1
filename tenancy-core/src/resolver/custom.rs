//! `CustomResolver`: a function of the application reads who is meant.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, Evidence, ResolveError, Resolver, header::named};
use crate::lookup::{TenantKey, TenantLookup};

type Read = dyn Fn(&Parts) -> Result<Option<TenantKey>, ResolveError> + Send + Sync;

/// Yields the tenant that a function of the application reads out of a request.
///
/// ```
/// use tenancy_core::{
///     Tenancy,
///     resolver::{CustomResolver, Evidence, ResolveError},
/// };
///
/// # fn example(tenancy: &Tenancy) -> CustomResolver {
/// // The tenant is the user name of the client's certificate, which the server has verified.
/// struct CertificateName(String);
///
/// CustomResolver::new(tenancy, Evidence::Credential, |request| {
///     let Some(name) = request.extensions.get::<CertificateName>() else { return Ok(None) };
///     name.0.parse().map(Some).map_err(|_| ResolveError::UnknownTenant)
/// })
/// # }
/// ```
#[derive(Clone)]
pub struct CustomResolver {
    lookup: TenantLookup,
    evidence: Evidence,
    read: Arc<Read>,
}

impl CustomResolver {
    /// A resolver that goes by what a function reads, which is evidence of this kind.
    pub fn new(
        lookup: impl Into<TenantLookup>,
        evidence: Evidence,
        read: impl Fn(&Parts) -> Result<Option<TenantKey>, ResolveError> + Send + Sync + 'static,
    ) -> Self {
        Self { lookup: lookup.into(), evidence, read: Arc::new(read) }
    }
}

impl fmt::Debug for CustomResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomResolver").field("evidence", &self.evidence).finish_non_exhaustive()
    }
}

#[async_trait]
impl Resolver for CustomResolver {
    fn evidence(&self) -> Evidence {
        self.evidence
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        match (self.read)(request)? {
            Some(key) => named(&self.lookup, &key).await.map(Some),
            None => Ok(None),
        }
    }
}
