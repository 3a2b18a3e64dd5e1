//! Tenants in any server that is made of tower services: a layer that finds the tenant of a request
//! and refuses what may not go on, and guards for routes. The module `axum` has what handlers of axum
//! take as arguments.
//!
//! ```text
//! request
//!   → resolver chain      which tenant does it name? (host, path, credential; they must agree)
//!   → status              is the tenant served?
//!   → bound credential    was the session or token issued for this tenant?
//!   → redirect            did it come by another domain than the primary one?
//!   → authorizers         may whoever sends it enter?
//!   → span                log fields `tenant` and `tenant.id`
//!   → route guard         is the route for tenants, or for the central part?
//!   → handler             opens a `TenantConnection`
//! ```
//!
//! What leads to no tenant that may be entered is refused before a handler sees it:
//!
//! | what it is | status | code |
//! |---|---|---|
//! | a host that is missing, malformed or contradictory | 400 | COR101 |
//! | a header that names the tenant, from nobody who is trusted to | 400 | COR143 |
//! | nobody is signed in, where members only are let in | 401 | COR142 |
//! | a suspended tenant | 403 | COR103 |
//! | a credential that is another tenant's, or names another one than the host | 403 | COR140 |
//! | somebody who is no member (or 404, by choice) | 403 | COR141 |
//! | what an authorizer of the application's own stands against | 403 | COR145 |
//! | a host, path or credential that names no tenant; a tenant that is being deleted | 404 | COR102 |
//! | a tenant's route on a central host, and the other way round | 404 | COR144 |
//! | an archived tenant | 410 | COR103 |
//! | anything else, such as an extractor without the layer; the cause stands in the log only | 500 | |
//! | a tenant that is being set up or lacks migrations, a registry that does not answer | 503 | COR103, MIG107, COR106 |
//! | a database that takes no writes, is held by others, or is damaged | 503 | COR152 to COR155 |
//! | a database whose disk is full | 507 | COR151 |
//!
//! A client that asks for HTML gets a page, which [`TenantLayer::with_page`] replaces; others get
//! problem details (RFC 9457). A 503 says when to come again (`Retry-After`).

mod accept;
mod admitted;
mod guard;
mod layer;
mod links;
mod page;
mod problem;
mod redirect;
mod refusal;

/// The crate whose types requests and responses are made of.
pub use http;

#[cfg(feature = "axum")]
pub(crate) use self::{admitted::Admitted, guard::CentralReason, refusal::missing};
pub use self::{
    guard::{GuardedFuture, GuardedService, RouteGuard},
    layer::{RequestedUri, TenantLayer, TenantService},
    links::TenantLinks,
    problem::Problem,
    redirect::Redirect,
    refusal::TenantRejection,
};
