//! A tenant's site. Whatever it shows is for members, but for the ways to become one.

pub(super) mod api;
mod customers;
mod enter;
mod home;
mod invitation;
mod members;
mod orders;
mod products;
mod sign_in;
mod site;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tenancy_core::{authorizer::MembershipAuthorizer, axum::TenantLayer, resolver::DomainResolver};

use super::{app::App, page, visitor};

pub(super) fn routes() -> Router<App> {
    let closed = Router::new()
        .route("/", get(home::show))
        .route("/products", get(home::show).post(products::add))
        .route("/products/new", get(products::new))
        .route("/customers", get(customers::list).post(customers::add))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/new", get(orders::new))
        .route("/orders/{id}", get(orders::show))
        .route("/members", get(members::list))
        .route("/members/{user}", post(members::change))
        .route("/invitations", post(members::invite))
        .route("/invitations/{id}/revoke", post(members::revoke))
        .nest("/api", api::routes())
        .route_layer(middleware::from_fn(visitor::members_only));
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(super::sign_in::leave))
        .route("/enter", get(enter::ask))
        .route("/enter/{token}", get(enter::take))
        .route("/invitation/{token}", get(invitation::show).post(invitation::accept))
        .route("/api/session", post(api::session::open))
        .merge(closed)
}

/// The site behind the layer that finds the tenant, and refuses what leads to none.
pub(super) fn behind_tenants(app: &App, site: Router) -> Router {
    let central = app.sites.central();
    // Whoever is no member may come as far as the form to sign in.
    let layer = TenantLayer::new(app.tenancy.clone(), DomainResolver::new(&app.tenancy))
        .with_authorizer(MembershipAuthorizer::new(&app.tenancy).with_visitors())
        .with_page(move |problem| page::of_refusal(problem, &central));
    site.layer(layer).layer(middleware::from_fn_with_state(app.clone(), visitor::identify))
}
