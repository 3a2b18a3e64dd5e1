//! Tenants in axum: what handlers take as arguments, behind the layer of [`web`](crate::web).
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
//! let domains = DomainResolver::new(&tenancy);
//! Router::new().route("/", get(home)).layer(TenantLayer::new(tenancy, domains))
//! # }
//! ```
//!
//! | argument | what it is | without it |
//! |---|---|---|
//! | [`Tenant`] | the request's tenant | 404 on the central part |
//! | [`TenantConnection`] | a connection of the tenant's | the same; 503 while the tenant is behind |
//! | `Option<Tenant>`, `Option<TenantConnection>` | `None` on the central part, for routes of both | |
//! | [`Member`], [`Role`] | the membership of whoever sends the request | 401 |
//! | `Option<Member>`, `Option<Role>` | `None` for visitors | |
//! | [`TenantLinks`] | paths that keep the tenant where the path names it | |
//! | [`CentralConnection`] | the way past the tenants, for the reason in [`RouteGuard::central_because`] | 500 |
//!
//! What the layer refuses, and with which status, is said at [`web`](crate::web).
//!
//! [`Tenant`]: crate::Tenant
//! [`TenantConnection`]: crate::TenantConnection
//! [`Member`]: crate::Member
//! [`Role`]: crate::Role
//! [`CentralConnection`]: crate::CentralConnection

mod extract;
mod response;

pub use crate::web::{
    Problem, Redirect, RequestedUri, RouteGuard, TenantLayer, TenantLinks, TenantRejection,
    TenantService, http,
};
