//! Fields of forms, with what was entered and what is wrong with it.

use axum::{
    Form,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::Response,
};
use serde::de::DeserializeOwned;
use tenancy_core::axum::Problem;

use super::page;
use crate::shop::Invalid;

/// A field as a page shows it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// What tells it apart on its page; its name, unless several forms have a field of the name.
    pub(super) id: &'static str,
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
        Self { id: name, name, label, value: value.to_owned(), error: None, hint: "", attributes }
    }

    pub(super) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    pub(super) fn with_id(self, id: &'static str) -> Self {
        Self { id, ..self }
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
                Err(page::of_problem(&Problem::new(StatusCode::BAD_REQUEST, detail)))
            }
        }
    }
}

/// The fields of somebody who has no account yet.
pub(super) fn person(name: &str, email: &str, invalid: &Invalid) -> Vec<Field> {
    vec![
        Field::new("your_name", "Your name", name, "required maxlength=120 autocomplete=name")
            .with_error(invalid, "your_name"),
        Field::new("email", "Email", email, "type=email required maxlength=254 autocomplete=email")
            .with_error(invalid, "email"),
        Field::new(
            "password",
            "Password",
            "",
            "type=password required minlength=10 maxlength=200 autocomplete=new-password",
        )
        .with_hint("At least 10 characters.")
        .with_error(invalid, "password"),
    ]
}
