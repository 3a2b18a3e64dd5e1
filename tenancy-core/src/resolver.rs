//! Which tenant a request is for: `trait Resolver`, and the chain that asks resolvers in order.
//!
//! A resolver reads a request and names a tenant. It opens nothing and allows nothing: what it
//! yields is a candidate, and only the [tenant layer](crate::web::TenantLayer), after the
//! [authorizers](crate::authorizer), opens a connection for one.
//!
//! | resolver | reads | evidence |
//! |---|---|---|
//! | [`DomainResolver`] | the host, which is one of a tenant's domains | host |
//! | [`SubdomainResolver`] | the host, whose first label under a base is a slug | host |
//! | [`PathResolver`] | the first segment of the path, or the one behind a prefix | path |
//! | [`HeaderResolver`] | a header that a trusted proxy sets | credential |
//! | [`ClaimResolver`] | a claim of a token that the application has verified | credential |
//! | [`SessionResolver`] | the tenant that a session was made for | credential |
//! | [`FixedResolver`] | nothing: there is one tenant | credential |
//! | [`CustomResolver`] | what a function of the application reads | as it says |
//!
//! How they go together, and what wins, is said at [`ResolverChain`].

mod chain;
mod claim;
mod custom;
mod domain;
mod fixed;
mod header;
mod host;
mod path;
mod proxies;
mod session;
mod subdomain;

use std::fmt::Debug;

use async_trait::async_trait;
use http::request::Parts;

pub use self::{
    chain::{Resolution, ResolverChain},
    claim::{ClaimResolver, TokenClaims},
    custom::CustomResolver,
    domain::DomainResolver,
    fixed::FixedResolver,
    header::HeaderResolver,
    host::{RequestHost, host},
    path::PathResolver,
    proxies::{PeerAddress, TrustedProxies},
    session::{BoundTenant, SessionResolver},
    subdomain::SubdomainResolver,
};
use crate::{domain::DomainName, error::Error, tenant::Tenant};

/// Tells which tenant a request is for.
///
/// Implement it where a request names its tenant by something that no resolver here reads, and where
/// [`CustomResolver`] does not do.
///
/// # Contract
/// 1. What it yields depends on the request and the registry, on nothing else: there is no default
///    tenant.
/// 2. `None` says that the request holds nothing that this resolver reads. A request that names a
///    tenant which is not there is `None` where another resolver may read the same as something
///    else (a host), and [`ResolveError::UnknownTenant`] otherwise; one that contradicts itself is
///    an error.
/// 3. It names the tenant whatever its status: who is served is not for a resolver to say.
/// 4. It says what it goes by: what a client points to is no credential.
///
/// # Example
/// ```
/// use tenancy_core::{
///     TenantLookup,
///     resolver::{Candidate, Evidence, ResolveError, Resolver},
///     web::http::request::Parts,
/// };
///
/// /// Reads the tenant from the parameter `tenant` of the query.
/// #[derive(Debug)]
/// struct QueryResolver(TenantLookup);
///
/// #[async_trait::async_trait]
/// impl Resolver for QueryResolver {
///     fn evidence(&self) -> Evidence { Evidence::Path }
///
///     async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
///         let mut pairs = request.uri.query().unwrap_or_default().split('&');
///         let Some(slug) = pairs.find_map(|pair| pair.strip_prefix("tenant=")) else {
///             return Ok(None);
///         };
///         let slug = slug.parse().map_err(|_| ResolveError::UnknownTenant)?;
///         let tenant = self.0.by_slug(&slug).await.map_err(ResolveError::lookup)?;
///         tenant.map(|tenant| Some(Candidate::new(tenant))).ok_or(ResolveError::UnknownTenant)
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell which tenant a request is for",
    note = "use `DomainResolver` or a `ResolverChain`, or implement `tenancy_core::resolver::Resolver`"
)]
pub trait Resolver: Debug + Send + Sync + 'static {
    /// What it goes by.
    fn evidence(&self) -> Evidence;

    /// Names the tenant that a request is for, if it names one.
    ///
    /// # Errors
    /// A [`ResolveError`] for a request that cannot be read, and for a lookup that failed.
    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError>;
}

/// What a resolver goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The host that the client asked for: anybody can ask for any.
    Host,
    /// The path, or whatever else of its target the client chooses freely.
    Path,
    /// What was issued to the client, or vouched for by somebody who is trusted.
    Credential,
}

/// The tenant that a request names: a claim, on which nothing has been opened yet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The tenant as the registry holds it, whatever its status.
    pub tenant: Tenant,
    /// The domain of the tenant's that the request came by.
    pub domain: Option<DomainName>,
    /// The beginning of the path that names the tenant, such as `/acme`; routes do not see it.
    pub prefix: Option<String>,
}

impl Candidate {
    /// A candidate that is this tenant.
    #[must_use]
    pub fn new(tenant: Tenant) -> Self {
        Self { tenant, domain: None, prefix: None }
    }

    /// Says by which of the tenant's domains the request came.
    #[must_use]
    pub fn by_domain(self, domain: DomainName) -> Self {
        Self { domain: Some(domain), ..self }
    }

    /// Says which beginning of the path names the tenant: it begins with a slash, and ends where
    /// the path has a slash or ends too.
    #[must_use]
    pub fn under(self, prefix: impl Into<String>) -> Self {
        Self { prefix: Some(prefix.into()), ..self }
    }
}

/// Why a request led to no answer.
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
    /// The request names a tenant that is not there.
    #[error("the request names a tenant that is not there")]
    UnknownTenant,
    /// Two parts of the request name different tenants.
    #[error("the request names more than one tenant")]
    Conflict,
    /// The header that names the tenant came from somebody who is not trusted to set it.
    #[error("the header `{header}` came from nobody who is trusted to name the tenant")]
    UntrustedHeader {
        /// The header's name.
        header: String,
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
            Self::NoHost
            | Self::SeveralHosts
            | Self::InvalidHost { .. }
            | Self::UnknownTenant
            | Self::Conflict
            | Self::UntrustedHeader { .. } => true,
            Self::Lookup { .. } => false,
        }
    }

    /// The stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHost | Self::SeveralHosts | Self::InvalidHost { .. } => "COR101",
            Self::UnknownTenant => "COR102",
            Self::Conflict => "COR140",
            Self::UntrustedHeader { .. } => "COR143",
            Self::Lookup { source } => source.code(),
        }
    }
}
