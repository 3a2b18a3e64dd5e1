//! Which tenant a request is for: `trait Resolver`, and what it yields, a `Candidate`.
//!
//! A resolver reads a request and names a tenant. It opens nothing and allows nothing: what it
//! yields is a candidate, and only the layer (`tenancy_core::axum::TenantLayer`) opens a connection
//! for one.

mod domain;
mod host;

use std::fmt::Debug;

use async_trait::async_trait;
use http::request::Parts;

pub use self::{domain::DomainResolver, host::host};
use crate::{error::Error, tenant::Tenant};

/// Tells which tenant a request is for.
///
/// Implement it where a request names its tenant by something else than its host.
///
/// # Contract
/// 1. What it yields depends on the request and the registry, on nothing else: there is no default
///    tenant.
/// 2. `None` says that the request holds nothing that this resolver reads, or nothing that leads
///    to a tenant; a request that contradicts itself is an error.
/// 3. It names the tenant whatever its status: who is served is not for a resolver to say.
///
/// # Example
/// ```
/// use tenancy_core::{
///     Registry, Slug,
///     axum::http::request::Parts,
///     resolver::{Candidate, ResolveError, Resolver},
/// };
///
/// /// Reads the tenant from the first segment of the path.
/// #[derive(Debug)]
/// struct PathResolver(Registry);
///
/// #[async_trait::async_trait]
/// impl Resolver for PathResolver {
///     async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
///         let segment = request.uri.path().trim_start_matches('/').split('/').next();
///         let Some(Ok(slug)) = segment.map(str::parse::<Slug>) else { return Ok(None) };
///         let tenant = self.0.find_by_slug(&slug).await.map_err(ResolveError::lookup)?;
///         Ok(tenant.map(Candidate::new))
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell which tenant a request is for",
    note = "use `DomainResolver`, or implement `tenancy_core::resolver::Resolver`"
)]
pub trait Resolver: Debug + Send + Sync + 'static {
    /// Names the tenant that a request is for, if it is for one.
    ///
    /// # Errors
    /// A [`ResolveError`] for a request that cannot be read, and for a lookup that failed.
    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError>;
}

/// The tenant that a request names: a claim, on which nothing has been opened yet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The tenant as the registry holds it, whatever its status.
    pub tenant: Tenant,
}

impl Candidate {
    /// A candidate that is this tenant.
    #[must_use]
    pub fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }
}

/// Why a request led to no answer, not even that it is for no tenant.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// There is no host in the request.
    #[error("the request names no host")]
    NoHost,
    /// There are several hosts in the request, or two places name different ones.
    #[error("the request names more than one host")]
    SeveralHosts,
    /// The host has a form that no host name has.
    #[error("the request's host cannot be read")]
    InvalidHost {
        /// What is wrong with it; `None` for what is not even text.
        #[source]
        source: Option<Error>,
    },
    /// The registry could not be asked.
    #[error("the tenant could not be looked up")]
    Lookup {
        /// Why.
        #[source]
        source: Error,
    },
}

impl ResolveError {
    /// For `map_err`: the registry could not be asked.
    #[must_use]
    pub fn lookup(source: Error) -> Self {
        Self::Lookup { source }
    }

    /// Whether the request is at fault.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        match self {
            Self::NoHost | Self::SeveralHosts | Self::InvalidHost { .. } => true,
            Self::Lookup { .. } => false,
        }
    }

    /// The stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHost | Self::SeveralHosts | Self::InvalidHost { .. } => "COR101",
            Self::Lookup { source } => source.code(),
        }
    }
}
