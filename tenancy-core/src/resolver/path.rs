//! `PathResolver`: a segment of the path is a tenant's slug.

use async_trait::async_trait;
use http::request::Parts;

use super::{Candidate, Evidence, ResolveError, Resolver};
use crate::{lookup::TenantLookup, tenant::Slug};

/// Yields the tenant whose slug is a segment of the path: the first one (`/acme/orders`), or the one
/// behind a prefix (`/t/acme/orders`).
///
/// The [tenant layer](crate::web::TenantLayer) takes the segment off the path, so that the routes are
/// the same as where tenants have domains; it has to stand *around* the router for that.
/// [`TenantLinks`](crate::web::TenantLinks) puts it before the paths of links again.
///
/// Without a prefix, a first segment that is nobody's slug names no tenant, and the path may be one
/// of the application's own (`/login`): those have the registry asked once, whereas whatever stands
/// behind a prefix is either a tenant or unknown.
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::PathResolver};
/// # fn example(tenancy: &Tenancy) -> PathResolver {
/// PathResolver::new(tenancy).behind("/t")
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PathResolver {
    lookup: TenantLookup,
    prefix: String,
}

impl PathResolver {
    /// A resolver for the first segment.
    #[must_use]
    pub fn new(lookup: impl Into<TenantLookup>) -> Self {
        Self { lookup: lookup.into(), prefix: String::new() }
    }

    /// Reads the segment behind a prefix, which is written with or without slashes around it.
    #[must_use]
    pub fn behind(self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Self { prefix, ..self }
    }

    /// The segment that names the tenant, with all that stands before it.
    fn segment<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let rest = path.strip_prefix(&*self.prefix)?.strip_prefix('/')?;
        let segment = rest.split('/').next()?;
        let end = path.len() - rest.len() + segment.len();
        (!segment.is_empty()).then(|| (segment, &path[..end]))
    }
}

#[async_trait]
impl Resolver for PathResolver {
    fn evidence(&self) -> Evidence {
        Evidence::Path
    }

    async fn resolve(&self, request: &Parts) -> Result<Option<Candidate>, ResolveError> {
        let Some((segment, named_by)) = self.segment(request.uri.path()) else { return Ok(None) };
        let tenant = match segment.parse::<Slug>() {
            Ok(slug) => self.lookup.by_slug(&slug).await.map_err(ResolveError::lookup)?,
            Err(_) => None,
        };
        match tenant {
            Some(tenant) => Ok(Some(Candidate::new(tenant).under(named_by))),
            None if self.prefix.is_empty() => Ok(None),
            None => Err(ResolveError::UnknownTenant),
        }
    }
}
