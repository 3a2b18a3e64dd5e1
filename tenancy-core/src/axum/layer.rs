//! `TenantLayer`: finds the tenant of each request, or refuses the request.

use std::{
    convert::Infallible,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum_core::response::{IntoResponse, Response};
use http::{HeaderMap, Request, request::Parts};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;

use super::{
    page::Page,
    problem::Problem,
    refusal::{self, TenantRejection},
};
use crate::{
    connection::TenantConnection,
    error::Error,
    resolver::{Candidate, Resolver},
    tenancy::Tenancy,
    tenant::Tenant,
};

/// Finds the tenant of each request, and refuses the request where there is none that is served.
///
/// Handlers take [`Tenant`] and [`TenantConnection`] as arguments. The connection is opened when a
/// handler asks for it, so that what needs no data does not wait for any.
///
/// ```
/// use tenancy_core::{Tenancy, axum::TenantLayer, resolver::DomainResolver};
///
/// # fn example(tenancy: Tenancy) -> TenantLayer {
/// let domains = DomainResolver::new(tenancy.registry().clone());
/// TenantLayer::new(tenancy, domains)
///     .with_page(|problem| format!("<!doctype html><title>{}</title>", problem.title()))
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TenantLayer {
    tenancy: Tenancy,
    resolver: Arc<dyn Resolver>,
    page: Page,
}

impl TenantLayer {
    /// A layer that goes by what a resolver yields.
    pub fn new(tenancy: Tenancy, resolver: impl Resolver) -> Self {
        Self { tenancy, resolver: Arc::new(resolver), page: Page::default() }
    }

    /// Renders refusals for clients that ask for HTML: a whole document, in which what the
    /// problem says must be escaped.
    #[must_use]
    pub fn with_page(self, page: impl Fn(&Problem) -> String + Send + Sync + 'static) -> Self {
        Self { page: Page::new(page), ..self }
    }

    async fn admit(&self, request: &Parts) -> Result<Admitted, TenantRejection> {
        let reject = |problem| TenantRejection::new(problem, &request.headers, &self.page);
        let candidate = self.resolver.resolve(request).await;
        let candidate = candidate.map_err(|error| reject(refusal::of_resolving(&error)))?;
        let Candidate { tenant } = candidate.ok_or_else(|| reject(refusal::unknown()))?;
        if !tenant.status.is_served() {
            let slug = tenant.slug.to_string();
            let error = Error::NotServed { slug, status: tenant.status };
            return Err(reject(refusal::of(&error)));
        }
        Ok(Admitted { tenant, tenancy: self.tenancy.clone(), page: self.page.clone() })
    }
}

/// What the layer leaves in a request for the extractors. Only the layer makes one.
#[derive(Debug, Clone)]
pub(super) struct Admitted {
    pub(super) tenant: Tenant,
    tenancy: Tenancy,
    page: Page,
}

impl Admitted {
    pub(super) async fn open(
        &self,
        headers: &HeaderMap,
    ) -> Result<TenantConnection, TenantRejection> {
        let opened = self.tenancy.connection(&self.tenant).await;
        opened.map_err(|error| TenantRejection::new(refusal::of(&error), headers, &self.page))
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

impl<S, B> Service<Request<B>> for TenantService<S>
where
    S: Service<Request<B>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was found ready is called; a clone, which need not be, takes its place.
        let inner = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, inner);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let admitted = match layer.admit(&parts).await {
                Ok(admitted) => admitted,
                Err(rejection) => return Ok(rejection.into_response()),
            };
            let span = tracing::info_span!("request", tenant = %admitted.tenant.slug);
            parts.extensions.insert(admitted);
            inner.call(Request::from_parts(parts, body)).instrument(span).await
        })
    }
}
