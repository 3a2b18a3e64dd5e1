//! Fields of forms, with what was entered and what is wrong with it.

use axum::{
    Form,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::Response,
};
use serde::de::DeserializeOwned;
use tenancy_core::axum::Problem;

use super::pages;
use crate::shop::Invalid;

/// A field as a page shows it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) error: Option<String>,
    pub(super) hint: &'static str,
    /// What the browser may take it for, as attributes of the input.
    pub(super) attributes: &'static str,
}

impl Field {
    pub(super) fn new(
        name: &'static str,
        label: &'static str,
        value: &str,
        attributes: &'static str,
    ) -> Self {
        Self { name, label, value: value.to_owned(), error: None, hint: "", attributes }
    }

    pub(super) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// The field with what is wrong with it, under this name.
    pub(super) fn with_error(self, invalid: &Invalid, name: &str) -> Self {
        Self { error: invalid.detail(name).map(str::to_owned), ..self }
    }
}

/// What came in by a form; what is no form gets a page that says so.
#[derive(Debug)]
pub(super) struct Entered<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Entered<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Form::from_request(request, state).await {
            Ok(Form(entered)) => Ok(Self(entered)),
            Err(_) => {
                let detail = "The form could not be read.";
                Err(pages::problem(&Problem::new(StatusCode::BAD_REQUEST, detail)))
            }
        }
    }
}
