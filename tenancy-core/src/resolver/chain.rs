//! `ResolverChain`: resolvers in order, and what wins.

use std::{collections::HashMap, sync::Arc};

use http::request::Parts;

use super::{
    Candidate, DomainResolver, Evidence, HeaderResolver, PathResolver, ResolveError, Resolver,
    SubdomainResolver, TrustedProxies, host::RequestHost,
};
use crate::{
    config::Resolve,
    domain::DomainName,
    error::{Error, Result},
    lookup::TenantLookup,
    tenancy::Tenancy,
};

/// What a request is.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// It names a tenant.
    Tenant(Box<Candidate>),
    /// It is for the application's own part, which is no tenant's.
    Central,
    /// It is not looked at, such as a health check.
    Ignored,
    /// It names no tenant, or one that is not there.
    Unknown,
}

/// Left in a request that comes from a proxy which is trusted. Only the chain makes one.
#[derive(Debug, Clone, Copy)]
pub(super) struct FromTrustedProxy(());

/// What a host is, where it is not a tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostKind {
    Central,
    Neutral,
    Ignored,
}

/// Resolvers in order, and the hosts and paths that lead to no tenant.
///
/// How it decides:
///
/// 1. An ignored path or host is ignored, whatever else the request holds.
/// 2. On a central host, resolvers of hosts are not asked. Where the path names no tenant either,
///    the request is central; a credential does not make it a tenant's.
/// 3. Of the resolvers that read what the client points to (host, path), the first that names a
///    tenant counts; they are asked in order.
/// 4. Every resolver that reads a credential is asked. If one of them names another tenant than the
///    address or another credential does, the request is refused as a conflict: a host never
///    outranks a credential, nor the other way round.
/// 5. Where hosts are read at all, one that is no tenant's is unknown, and a credential does not
///    lead from it to a tenant, unless the host is declared neutral, like that of an API.
///
/// Nothing leads to a tenant that the request does not name.
///
/// ```
/// # use tenancy_core::Tenancy;
/// use tenancy_core::resolver::{DomainResolver, ResolverChain, SessionResolver, SubdomainResolver};
///
/// # fn example(tenancy: &Tenancy) -> tenancy_core::Result<ResolverChain> {
/// Ok(ResolverChain::new()
///     .then(DomainResolver::new(tenancy))
///     .then(SubdomainResolver::new(tenancy, ["example.com".parse()?]))
///     .then(SessionResolver::new(tenancy))
///     .with_central_host("www.example.com".parse()?)
///     .with_neutral_host("api.example.com".parse()?)
///     .ignoring_path("/healthz"))
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ResolverChain {
    resolvers: Vec<Arc<dyn Resolver>>,
    proxies: TrustedProxies,
    hosts: HashMap<DomainName, HostKind>,
    ignored_paths: Vec<String>,
}

impl<R: Resolver> From<R> for ResolverChain {
    fn from(resolver: R) -> Self {
        Self::new().then(resolver)
    }
}

impl ResolverChain {
    /// A chain without resolvers, to which every request is unknown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The chain that the section `[resolve]` of the configuration describes: domains first, then
    /// slugs under the base domains, the path and the header where they are configured.
    ///
    /// Where proxies are trusted, say where a request's peer stands with [`with_peer`].
    ///
    /// [`with_peer`]: Self::with_peer
    ///
    /// # Errors
    /// [`Error::InvalidName`] for a domain, a network, or a header that is none, and for a header
    /// that is trusted although no proxy is.
    pub fn from_config(tenancy: &Tenancy, resolve: &Resolve) -> Result<Self> {
        let lookup = TenantLookup::from(tenancy);
        let mut chain = Self::new()
            .trusting(TrustedProxies::new(&resolve.trusted_proxies().value)?)
            .then(DomainResolver::new(lookup.clone()));
        let bases = domains(&resolve.base_domains().value)?;
        if !bases.is_empty() {
            chain = chain.then(SubdomainResolver::new(lookup.clone(), bases));
        }
        if let Some(prefix) = resolve.path_prefix() {
            chain = chain.then(PathResolver::new(lookup.clone()).behind(&prefix.value));
        }
        if let Some(header) = resolve.trusted_header() {
            if chain.proxies.is_empty() {
                return Err(Error::InvalidName {
                    kind: "header",
                    name: header.value.clone(),
                    reason: "it is to be trusted, and `resolve.trusted_proxies` names nobody who may \
                             set it",
                });
            }
            chain = chain.then(HeaderResolver::new(lookup, &header.value)?);
        }
        for host in domains(&resolve.central_hosts().value)? {
            chain = chain.with_central_host(host);
        }
        for host in domains(&resolve.neutral_hosts().value)? {
            chain = chain.with_neutral_host(host);
        }
        for path in &resolve.ignored_paths().value {
            chain = chain.ignoring_path(path);
        }
        Ok(chain)
    }

    /// Asks this resolver after those before it.
    #[must_use]
    pub fn then(mut self, resolver: impl Resolver) -> Self {
        self.resolvers.push(Arc::new(resolver));
        self
    }

    /// Takes the word of these proxies for the host that a client asked for.
    #[must_use]
    pub fn trusting(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// Says where the address of a request's peer stands; see [`TrustedProxies::with_peer`].
    #[must_use]
    pub fn with_peer(
        self,
        peer: impl Fn(&Parts) -> Option<std::net::IpAddr> + Send + Sync + 'static,
    ) -> Self {
        Self { proxies: self.proxies.with_peer(peer), ..self }
    }

    /// Declares a host of the application's own part, which is no tenant's even where one has a
    /// domain or a slug of this name.
    #[must_use]
    pub fn with_central_host(self, host: DomainName) -> Self {
        self.with_host(host, HostKind::Central)
    }

    /// Declares a host that is all tenants', so that the path or a credential has to name one.
    #[must_use]
    pub fn with_neutral_host(self, host: DomainName) -> Self {
        self.with_host(host, HostKind::Neutral)
    }

    /// Declares a host whose requests are not looked at.
    #[must_use]
    pub fn ignoring_host(self, host: DomainName) -> Self {
        self.with_host(host, HostKind::Ignored)
    }

    /// Declares a path whose requests are not looked at, whatever their host; all paths below it
    /// where it ends with a slash.
    #[must_use]
    pub fn ignoring_path(mut self, path: &str) -> Self {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        self.ignored_paths.push(path);
        self
    }

    fn with_host(mut self, host: DomainName, kind: HostKind) -> Self {
        self.hosts.insert(host, kind);
        self
    }

    /// Tells what a request is. The host that was found stays in the request's extensions, as a
    /// [`RequestHost`].
    ///
    /// # Errors
    /// Those of the resolvers, [`ResolveError::Conflict`], and where the host matters those of
    /// [`host`](super::host).
    pub async fn resolve(&self, request: &mut Parts) -> Result<Resolution, ResolveError> {
        if self.ignores_path(request.uri.path()) {
            return Ok(Resolution::Ignored);
        }
        let kind = self.look_at_sender(request)?;
        if kind == Some(HostKind::Ignored) {
            return Ok(Resolution::Ignored);
        }
        let reads_hosts = kind.is_none() && self.reads(Evidence::Host);
        let addressed = self.addressed(request, kind.is_none()).await?;
        if addressed.is_none() && kind == Some(HostKind::Central) {
            return Ok(Resolution::Central);
        }
        if addressed.is_none() && reads_hosts {
            return Ok(Resolution::Unknown);
        }
        let named = self.credited(request, addressed).await?;
        Ok(named.map_or(Resolution::Unknown, |named| Resolution::Tenant(Box::new(named))))
    }

    fn reads(&self, evidence: Evidence) -> bool {
        self.resolvers.iter().any(|resolver| resolver.evidence() == evidence)
    }

    fn ignores_path(&self, path: &str) -> bool {
        self.ignored_paths.iter().any(|ignored| {
            path == ignored || (ignored.ends_with('/') && path.starts_with(&**ignored))
        })
    }

    /// Finds out who sent the request and to which host. A host that cannot be read matters where
    /// hosts do.
    fn look_at_sender(&self, request: &mut Parts) -> Result<Option<HostKind>, ResolveError> {
        // What an outer layer has found is not this chain's finding.
        request.extensions.remove::<RequestHost>();
        request.extensions.remove::<FromTrustedProxy>();
        let is_trusted = self.proxies.trusts(request);
        let found = self.proxies.host(request);
        if is_trusted {
            request.extensions.insert(FromTrustedProxy(()));
        }
        match found {
            Ok(host) => {
                let kind = self.hosts.get(host.name()).copied();
                request.extensions.insert(host);
                Ok(kind)
            }
            Err(error) if self.reads(Evidence::Host) || !self.hosts.is_empty() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The tenant that the client points to.
    async fn addressed(
        &self,
        request: &Parts,
        with_hosts: bool,
    ) -> Result<Option<Candidate>, ResolveError> {
        for resolver in &self.resolvers {
            let is_asked = match resolver.evidence() {
                Evidence::Host => with_hosts,
                Evidence::Path => true,
                Evidence::Credential => false,
            };
            if !is_asked {
                continue;
            }
            if let Some(found) = resolver.resolve(request).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The tenant that credentials name as well, or alone.
    async fn credited(
        &self,
        request: &Parts,
        addressed: Option<Candidate>,
    ) -> Result<Option<Candidate>, ResolveError> {
        let mut named = addressed;
        for resolver in &self.resolvers {
            if resolver.evidence() != Evidence::Credential {
                continue;
            }
            let Some(found) = resolver.resolve(request).await? else { continue };
            match &named {
                Some(named) if named.tenant.id != found.tenant.id => {
                    return Err(ResolveError::Conflict);
                }
                Some(_) => {}
                None => named = Some(found),
            }
        }
        Ok(named)
    }
}

fn domains(names: &[String]) -> Result<Vec<DomainName>> {
    names.iter().map(|name| name.parse()).collect()
}
