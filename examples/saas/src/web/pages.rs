//! Pages for people.

mod customers;
mod home;
mod orders;
mod products;

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use tenancy_core::axum::Problem;

use super::{Setting, page::Page};

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/", get(home::show))
        .route("/products", get(home::show).post(products::add))
        .route("/products/new", get(products::new))
        .route("/customers", get(customers::list).post(customers::add))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/new", get(orders::new))
        .route("/orders/{id}", get(orders::show))
}

#[derive(Debug, Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
    has_home: bool,
}

/// A page that says what went wrong in a shop.
pub(super) fn problem(problem: &Problem) -> Response {
    Page(problem.status(), ProblemPage { problem, has_home: true }).into_response()
}

/// The page for a request that leads to no shop.
pub(super) fn refusal(problem: &Problem) -> String {
    ProblemPage { problem, has_home: false }.render().unwrap_or_else(|_| problem.title().to_owned())
}
