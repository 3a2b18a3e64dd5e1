//! Templates as responses, and what a page says when something went wrong.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use sea_orm::DbErr;
use tenancy_core::axum::Problem;

use super::pages;
use crate::shop::ShopError;

/// A page: its status, and the template that it is made of.
#[derive(Debug)]
pub(super) struct Page<T>(pub(super) StatusCode, pub(super) T);

impl<T> Page<T> {
    pub(super) fn ok(template: T) -> Self {
        Self(StatusCode::OK, template)
    }

    /// A form that comes back with what is wrong with it.
    pub(super) fn invalid(template: T) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, template)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => (self.0, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Why there is no page, as a page.
#[derive(Debug)]
pub(super) struct PageError(Problem);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        pages::problem(&self.0)
    }
}

impl From<ShopError> for PageError {
    fn from(error: ShopError) -> Self {
        Self(problem(&error))
    }
}

impl From<DbErr> for PageError {
    fn from(error: DbErr) -> Self {
        Self(Problem::from(&error))
    }
}

/// What went wrong in the shop, for people and programs.
pub(super) fn problem(error: &ShopError) -> Problem {
    match error {
        ShopError::NotFound => {
            Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
        }
        ShopError::Database(error) => Problem::from(error),
        ShopError::Invalid(invalid) => {
            let fields = invalid.fields().iter();
            let errors: Vec<_> = fields
                .map(|error| serde_json::json!({ "field": error.field, "detail": error.detail }))
                .collect();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields cannot be used.")
                .with_member("errors", errors)
        }
    }
}
