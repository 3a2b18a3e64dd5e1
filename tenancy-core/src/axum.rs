//! Tenants in axum: a layer that finds the tenant of a request, and extractors for handlers.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tenancy_core::{
//!     Tenancy, TenantConnection, axum::TenantLayer, resolver::DomainResolver,
//! };
//!
//! async fn home(connection: TenantConnection) -> String {
//!     format!("Welcome to {}", connection.tenant().name)
//! }
//!
//! # fn example(tenancy: Tenancy) -> Router {
//! let domains = DomainResolver::new(tenancy.registry().clone());
//! Router::new().route("/", get(home)).layer(TenantLayer::new(tenancy, domains))
//! # }
//! ```
//!
//! The layer refuses what leads to no tenant that is served, before a handler sees it:
//!
//! | what it is | status |
//! |---|---|
//! | a host that is missing, malformed or contradictory | 400 |
//! | a host that is no tenant's | 404 |
//! | a suspended tenant | 403 |
//! | an archived tenant, or one that is being deleted | 410 |
//! | a tenant that is being set up or lacks migrations, a registry that does not answer | 503 |
//! | anything else, such as an extractor without the layer; the cause stands in the log only | 500 |
//!
//! A client that asks for HTML gets a page, which [`TenantLayer::with_page`] replaces; others get
//! problem details (RFC 9457).

mod accept;
mod extract;
mod layer;
mod page;
mod problem;
mod refusal;

/// The crate whose types requests and responses are made of.
pub use http;

pub use self::{
    layer::{TenantLayer, TenantService},
    problem::Problem,
    refusal::TenantRejection,
};
