//! `RouteGuard`: routes that are for tenants only, or for the application's own part only.

use std::{
    future::{Future, Ready, ready},
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    admitted::Admitted,
    refusal::{self, TenantRejection},
};

/// Refuses what is on the wrong side: routes behind it are for tenants, or for the application's own
/// part (the *central* one), and answer 404 to the other. Routes without one are for both.
///
/// It goes on routes behind a [`TenantLayer`](super::TenantLayer).
///
/// ```
/// # use tenancy_core::{Tenancy, resolver::{DomainResolver, ResolverChain}};
/// use axum::{Router, routing::get};
/// use tenancy_core::web::{RouteGuard, TenantLayer};
///
/// # fn example(tenancy: &Tenancy) -> tenancy_core::Result<Router> {
/// let chain = ResolverChain::new()
///     .then(DomainResolver::new(tenancy))
///     .with_central_host("www.example.com".parse()?);
/// Ok(Router::new()
///     .merge(Router::new().route("/orders", get(async || "orders")).route_layer(RouteGuard::tenant()))
///     .merge(
///         Router::new()
///             .route("/tenants", get(async || "all of them"))
///             .route_layer(RouteGuard::central_because("the operator's console")),
///     )
///     .route("/about", get(async || "for both"))
///     .layer(TenantLayer::new(tenancy.clone(), chain)))
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RouteGuard {
    side: GuardedSide,
}

#[derive(Debug, Clone)]
enum GuardedSide {
    Tenant,
    Central(Option<CentralReason>),
}

/// Why the routes behind a guard leave the tenants, and where that was said.
#[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "extractors read them"))]
#[derive(Debug, Clone)]
pub(crate) struct CentralReason {
    pub(crate) reason: &'static str,
    pub(crate) place: &'static Location<'static>,
}

impl RouteGuard {
    /// For tenants only.
    #[must_use]
    pub fn tenant() -> Self {
        Self { side: GuardedSide::Tenant }
    }

    /// For the central part only; it does not touch tenants' data.
    #[must_use]
    pub fn central() -> Self {
        Self { side: GuardedSide::Central(None) }
    }

    /// For the central part only, where handlers take a
    /// [`CentralConnection`](crate::CentralConnection) for this reason. It is recorded with each
    /// access. Who may ask for such routes is for the application to say.
    #[must_use]
    #[track_caller]
    pub fn central_because(reason: &'static str) -> Self {
        let place = Location::caller();
        Self { side: GuardedSide::Central(Some(CentralReason { reason, place })) }
    }
}

impl<S> Layer<S> for RouteGuard {
    type Service = GuardedService<S>;

    fn layer(&self, inner: S) -> GuardedService<S> {
        GuardedService { guard: self.clone(), inner }
    }
}

/// A service behind a [`RouteGuard`].
#[derive(Debug, Clone)]
pub struct GuardedService<S> {
    guard: RouteGuard,
    inner: S,
}

impl<S> GuardedService<S> {
    /// Lets the request through, or says why not.
    fn check<B>(&self, request: Request<B>) -> Result<Request<B>, TenantRejection> {
        let (mut parts, body) = request.into_parts();
        let admitted = Admitted::of(&parts)?;
        match &self.guard.side {
            GuardedSide::Tenant => {
                admitted.required(&parts.headers)?;
            }
            GuardedSide::Central(_) if !admitted.is_central() => {
                return Err(admitted.reject(refusal::wrong_side(), &parts.headers));
            }
            GuardedSide::Central(reason) => {
                if let Some(reason) = reason {
                    parts.extensions.insert(reason.clone());
                }
            }
        }
        Ok(Request::from_parts(parts, body))
    }
}

impl<S, B, R> Service<Request<B>> for GuardedService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = GuardedFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.check(request) {
            Ok(request) => GuardedFuture::Passed(Box::pin(self.inner.call(request))),
            Err(rejection) => GuardedFuture::Refused(ready(Ok(rejection.response()))),
        }
    }
}

/// What becomes of a request at a [`RouteGuard`].
#[derive(Debug)]
pub enum GuardedFuture<F, R, E> {
    /// The routes answer.
    Passed(Pin<Box<F>>),
    /// It is refused.
    Refused(Ready<Result<Response<R>, E>>),
}

impl<F, R, E> Future for GuardedFuture<F, R, E>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Passed(answer) => answer.as_mut().poll(context),
            Self::Refused(answer) => Pin::new(answer).poll(context),
        }
    }
}
