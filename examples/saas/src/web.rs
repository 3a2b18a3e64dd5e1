//! The web: a site for shops to be asked for, one for operators, and one for each tenant, with
//! pages for people and JSON for programs under `/api`.

mod app;
mod assets;
mod central;
mod console;
mod cookie;
mod form;
mod headers;
mod memberships;
mod page;
mod same_origin;
mod shop;
mod sign_in;
mod sites;
mod visitor;

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tenancy_core::{axum::Problem, resolver};
use tower_service::Service;

use self::sites::Part;
pub(crate) use self::{
    app::{App, Parts, Setting},
    sites::Sites,
};

/// The three parts, each behind what all of them need.
#[derive(Debug, Clone)]
struct Whole {
    app: App,
    central: Router,
    console: Router,
    shop: Router,
}

/// All routes. Which of them a request may reach is decided by its host, before anything else.
pub(crate) fn router(app: &App) -> Router {
    let whole = Whole {
        app: app.clone(),
        central: part(app, central::routes())
            .layer(middleware::from_fn_with_state(app.clone(), headers::lead_on)),
        console: part(app, console::routes(app)),
        shop: shop::behind_tenants(app, part(app, shop::routes())),
    };
    Router::new()
        .route("/static/{name}", get(assets::serve))
        .fallback(dispatch)
        .with_state(whole)
        .layer(middleware::from_fn_with_state(app.clone(), headers::add))
}

fn part(app: &App, routes: Router<App>) -> Router {
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(same_origin::check))
        .with_state(app.clone())
}

async fn dispatch(State(whole): State<Whole>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut part = match resolver::host(&parts) {
        // What names no host is refused by the layer that finds tenants, in its own words.
        Ok(host) => match whole.app.sites.part(&host) {
            Part::Central => whole.central,
            Part::Console => whole.console,
            Part::Shop => whole.shop,
        },
        // The layer that finds tenants refuses it, in its own words.
        Err(_) => whole.shop,
    };
    // A router is ready at any time, and its error is none.
    match part.call(Request::from_parts(parts, body)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn not_found(uri: Uri) -> Response {
    respond(&uri, Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address."))
}

async fn method_not_allowed(uri: Uri) -> Response {
    let detail = "This cannot be done at this address.";
    respond(&uri, Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

/// Whether an address is one for programs.
fn is_api(uri: &Uri) -> bool {
    uri.path().strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Tells of a problem in the way of the part of the site that an address belongs to.
fn respond(uri: &Uri, problem: Problem) -> Response {
    if is_api(uri) { problem.into_response() } else { page::of_problem(&problem) }
}
