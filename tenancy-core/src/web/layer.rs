//! `TenantLayer`: finds the tenant of each request, or refuses the request.

use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, Uri, request::Parts, uri::PathAndQuery};
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Instrument, Span};

use super::{
    admitted::{Admitted, Entered, Side},
    page::Page,
    problem::Problem,
    redirect::{Redirect, RedirectTo},
    refusal::{self, TenantRejection},
};
use crate::{
    authorizer::Authorizer,
    error::Error,
    lookup::TenantLookup,
    resolver::{BoundTenant, Candidate, Resolution, ResolverChain},
    tenancy::Tenancy,
    tenant::Tenant,
};

/// Finds the tenant of each request, and refuses the request where there is none that is served, or
/// where whoever sends it may not enter.
///
/// With the feature `axum` handlers take [`Tenant`] and
/// [`TenantConnection`](crate::TenantConnection) as arguments. The connection is opened when a
/// handler asks for it, so that what needs no data does not wait for any.
///
/// ```
/// use tenancy_core::{
///     Tenancy,
///     authorizer::MembershipAuthorizer,
///     resolver::{DomainResolver, ResolverChain, SessionResolver},
///     web::TenantLayer,
/// };
///
/// # fn example(tenancy: &Tenancy) -> TenantLayer {
/// let chain = ResolverChain::new()
///     .then(DomainResolver::new(tenancy))
///     .then(SessionResolver::new(tenancy));
/// TenantLayer::new(tenancy.clone(), chain)
///     .with_authorizer(MembershipAuthorizer::new(tenancy))
///     .with_page(|problem| format!("<!doctype html><title>{}</title>", problem.title()))
/// # }
/// ```
///
/// # Where paths name tenants
/// The layer takes what names the tenant off the path, so it has to stand around the router, and not
/// on it: a router has chosen its route before its own layers run. With axum:
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::PathResolver, web::TenantLayer};
/// use axum::{Router, routing::get};
/// use tower_layer::Layer;
///
/// # fn example(tenancy: &Tenancy) -> Router {
/// let routes = Router::new().route("/orders", get(async || "orders"));
/// let layer = TenantLayer::new(tenancy.clone(), PathResolver::new(tenancy));
/// Router::new().fallback_service(layer.layer(routes))
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TenantLayer {
    tenancy: Tenancy,
    lookup: TenantLookup,
    chain: Arc<ResolverChain>,
    authorizers: Vec<Arc<dyn Authorizer>>,
    redirect: Redirect,
    page: Page,
}

/// The address that the client asked for, before what names the tenant was taken off its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedUri(pub Uri);

impl TenantLayer {
    /// A layer that goes by what a resolver, or a chain of them, yields.
    pub fn new(tenancy: Tenancy, resolver: impl Into<ResolverChain>) -> Self {
        Self {
            lookup: TenantLookup::from(&tenancy),
            tenancy,
            chain: Arc::new(resolver.into()),
            authorizers: Vec::new(),
            redirect: Redirect::default(),
            page: Page::default(),
        }
    }

    /// Lets in only what this authorizer lets in, beside those before it.
    #[must_use]
    pub fn with_authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.authorizers.push(Arc::new(authorizer));
        self
    }

    /// Sends clients that come by another of a tenant's domains to the primary one.
    #[must_use]
    pub fn with_redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    /// Renders refusals for clients that ask for HTML: a whole document, in which what the
    /// problem says must be escaped.
    #[must_use]
    pub fn with_page(self, page: impl Fn(&Problem) -> String + Send + Sync + 'static) -> Self {
        Self { page: Page::new(page), ..self }
    }

    /// Finds out what a request is, and leaves it in the request.
    async fn admit(&self, request: &mut Parts) -> Result<Span, Refused> {
        // What was admitted elsewhere is not admitted here.
        request.extensions.remove::<Admitted>();
        let resolved = self.chain.resolve(request).await;
        let side = match resolved.map_err(|error| refusal::of_resolving(&error)) {
            Ok(Resolution::Tenant(candidate)) => self.enter(request, *candidate).await?,
            Ok(Resolution::Central) => Side::Central,
            Ok(Resolution::Ignored) => Side::Ignored,
            Ok(Resolution::Unknown) => return Err(Refused::Problem(refusal::unknown())),
            Err(problem) => return Err(Refused::Problem(problem)),
        };
        let span = match &side {
            Side::Tenant(entered) => span_of(&entered.candidate.tenant),
            Side::Central => tracing::info_span!("request", side = "central"),
            Side::Ignored => Span::none(),
        };
        let (tenancy, page) = (self.tenancy.clone(), self.page.clone());
        request.extensions.insert(Admitted { side, tenancy, page });
        Ok(span)
    }

    async fn enter(&self, request: &mut Parts, candidate: Candidate) -> Result<Side, Refused> {
        let tenant = &candidate.tenant;
        if !tenant.status.is_served() {
            let slug = tenant.slug.to_string();
            let error = Error::NotServed { slug, status: tenant.status };
            return Err(Refused::Problem(refusal::of(&error)));
        }
        // Isolation: whatever resolvers there are, a credential of one tenant opens no other.
        let bound = request.extensions.get::<BoundTenant>();
        if bound.is_some_and(|bound| bound.0 != tenant.id) {
            return Err(Refused::Problem(refusal::conflict()));
        }
        let to = self.redirect.of(request, &candidate, &self.lookup).await;
        if let Some(to) = to.map_err(|error| Refused::Problem(refusal::of(&error)))? {
            return Err(Refused::Elsewhere(to));
        }
        let mut member = None;
        for authorizer in &self.authorizers {
            let grant = authorizer.authorize(request, tenant).await;
            let grant = grant.map_err(|denial| Refused::Problem(refusal::of_denial(&denial)))?;
            member = grant.into_member().or(member);
        }
        if let Some(prefix) = &candidate.prefix {
            strip(request, prefix);
        }
        Ok(Side::Tenant(Box::new(Entered { candidate, member })))
    }

    fn response<B: From<String>>(&self, refused: &Refused, request: &Parts) -> Response<B> {
        match refused {
            Refused::Problem(problem) => {
                TenantRejection::new(problem.clone(), &request.headers, &self.page).response()
            }
            Refused::Elsewhere(to) => to.response(),
        }
    }
}

/// Why a request does not go on.
enum Refused {
    Problem(Problem),
    Elsewhere(RedirectTo),
}

fn span_of(tenant: &Tenant) -> Span {
    tracing::info_span!("request", tenant = %tenant.slug, tenant.id = %tenant.id)
}

/// Takes what names the tenant off the path. A path that is none then stays as it is, which no route
/// answers to.
fn strip(request: &mut Parts, prefix: &str) {
    let Some(path) = request.uri.path_and_query() else { return };
    let Some(rest) = path.as_str().strip_prefix(prefix) else { return };
    let rest = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    let Ok(rest) = rest.parse::<PathAndQuery>() else { return };
    let mut parts = request.uri.clone().into_parts();
    parts.path_and_query = Some(rest);
    if let Ok(uri) = Uri::from_parts(parts) {
        let requested = mem::replace(&mut request.uri, uri);
        request.extensions.insert(RequestedUri(requested));
    }
}

impl<S> Layer<S> for TenantLayer {
    type Service = TenantService<S>;

    fn layer(&self, inner: S) -> TenantService<S> {
        TenantService { layer: self.clone(), inner }
    }
}

/// A service behind a [`TenantLayer`].
#[derive(Debug, Clone)]
pub struct TenantService<S> {
    layer: TenantLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for TenantService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was found ready is called; a clone, which need not be, takes its place.
        let inner = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, inner);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let span = match layer.admit(&mut parts).await {
                Ok(span) => span,
                Err(refused) => return Ok(layer.response(&refused, &parts)),
            };
            inner.call(Request::from_parts(parts, body)).instrument(span).await
        })
    }
}
