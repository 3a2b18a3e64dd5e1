//! The shop on the web: pages for people under `/`, JSON for programs under `/api`.

mod api;
mod form;
mod headers;
mod page;
mod pages;
mod same_origin;
mod site;

use std::fmt;

use axum::{
    Router,
    http::{StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
};
use tenancy_core::{
    Dialect, Tenancy,
    axum::{Problem, TenantLayer},
    resolver::DomainResolver,
};

/// How this shop runs, which its pages tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    strategy: &'static str,
    database: &'static str,
}

impl Setting {
    pub(crate) fn new(strategy: &'static str, dialect: Dialect) -> Self {
        let database = match dialect {
            Dialect::Postgres => "PostgreSQL",
            Dialect::Sqlite => "SQLite",
        };
        Self { strategy, database }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.strategy, self.database)
    }
}

/// All routes, behind the layer that finds the tenant.
pub(crate) fn router(tenancy: Tenancy, setting: Setting) -> Router {
    let domains = DomainResolver::new(tenancy.registry().clone());
    Router::new()
        .merge(pages::routes())
        .nest("/api", api::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(same_origin::check))
        .layer(TenantLayer::new(tenancy, domains).with_page(pages::refusal))
        .layer(middleware::map_response(headers::add))
        .with_state(setting)
}

async fn not_found(uri: Uri) -> Response {
    respond(&uri, Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address."))
}

async fn method_not_allowed(uri: Uri) -> Response {
    let detail = "This cannot be done at this address.";
    respond(&uri, Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

/// Tells of a problem in the way of the part of the site that an address belongs to.
fn respond(uri: &Uri, problem: Problem) -> Response {
    match uri.path().strip_prefix("/api") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => problem.into_response(),
        _ => pages::problem(&problem),
    }
}
