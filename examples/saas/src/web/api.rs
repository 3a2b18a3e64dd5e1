//! JSON for programs.

mod customers;
mod json;
mod orders;
mod products;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use sea_orm::DbErr;
use tenancy_core::axum::Problem;

use super::{Setting, page};
use crate::shop::ShopError;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/products", get(products::list).post(products::add))
        .route("/customers", get(customers::list).post(customers::add))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/{id}", get(orders::show))
}

/// Why there is no answer, as problem details.
#[derive(Debug)]
struct ApiError(Problem);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<ShopError> for ApiError {
    fn from(error: ShopError) -> Self {
        Self(page::problem(&error))
    }
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        Self(Problem::from(&error))
    }
}
