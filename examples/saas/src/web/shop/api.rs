//! JSON for programs.

mod customers;
mod json;
mod orders;
mod products;
pub(in crate::web) mod session;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use tenancy_core::axum::Problem;

use crate::web::{app::App, page::IntoProblem};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/products", get(products::list).post(products::add))
        .route("/customers", get(customers::list).post(customers::add))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/{id}", get(orders::show))
}

/// Why there is no answer, as problem details.
#[derive(Debug)]
pub(in crate::web) struct ApiError(Problem);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<E: IntoProblem> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into_problem())
    }
}
