//! Templates as responses, and what a page says when something went wrong.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use sea_orm::DbErr;
use tenancy_core::axum::Problem;

use crate::{accounts::AccountError, invalid::Invalid, shop::ShopError, sign_up::SignUpError};

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

#[derive(Debug, Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
    /// Where to go on, and what that is called.
    way: Option<(&'a str, &'a str)>,
}

/// A page that says what went wrong on a site.
pub(super) fn of_problem(problem: &Problem) -> Response {
    let way = match problem.status() {
        StatusCode::FORBIDDEN => ("/sign-in", "Sign in"),
        _ => ("/", "To the front page"),
    };
    Page(problem.status(), ProblemPage { problem, way: Some(way) }).into_response()
}

/// The page for a request that leads to no shop that is served.
pub(super) fn of_refusal(problem: &Problem, central: &str) -> String {
    let page = ProblemPage { problem, way: Some((central, "All your shops")) };
    page.render().unwrap_or_else(|_| problem.title().to_owned())
}

/// Why there is no page, as a page.
#[derive(Debug)]
pub(super) struct PageError(Problem);

impl PageError {
    pub(super) fn gone(detail: &str) -> Self {
        Self(Problem::new(StatusCode::GONE, detail))
    }

    pub(super) fn not_found() -> Self {
        Self(Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address."))
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        of_problem(&self.0)
    }
}

impl<E> From<E> for PageError
where
    E: IntoProblem,
{
    fn from(error: E) -> Self {
        Self(error.into_problem())
    }
}

/// What can go wrong, as it is told to people and programs.
pub(super) trait IntoProblem {
    fn into_problem(self) -> Problem;
}

impl IntoProblem for Problem {
    fn into_problem(self) -> Problem {
        self
    }
}

impl IntoProblem for ShopError {
    fn into_problem(self) -> Problem {
        match self {
            Self::NotFound => {
                Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
            }
            Self::Forbidden => {
                let detail = "Your role in this shop does not include this.";
                Problem::new(StatusCode::FORBIDDEN, detail).with_code("SAAS003")
            }
            Self::Database(error) => Problem::from(&error),
            Self::Invalid(invalid) => of_invalid(&invalid),
        }
    }
}

impl IntoProblem for DbErr {
    fn into_problem(self) -> Problem {
        Problem::from(&self)
    }
}

impl IntoProblem for tenancy_core::Error {
    fn into_problem(self) -> Problem {
        Problem::from(&self)
    }
}

impl IntoProblem for AccountError {
    fn into_problem(self) -> Problem {
        of_account(&self)
    }
}

impl IntoProblem for SignUpError {
    fn into_problem(self) -> Problem {
        match self {
            Self::Invalid(invalid) => of_invalid(&invalid),
            Self::Database(error) => Problem::from(&error),
            Self::Tenancy(error) => Problem::from(&error),
        }
    }
}

pub(super) fn of_account(error: &AccountError) -> Problem {
    match error {
        AccountError::Invalid(invalid) => of_invalid(invalid),
        AccountError::Database(error) => Problem::from(error),
        AccountError::Password(_) | AccountError::Random(_) | AccountError::CutOff => {
            tracing::error!(%error, "an account");
            let detail = "Something went wrong on the server.";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        }
    }
}

fn of_invalid(invalid: &Invalid) -> Problem {
    let fields = invalid.fields().iter();
    let errors: Vec<_> = fields
        .map(|error| serde_json::json!({ "field": error.field, "detail": error.detail }))
        .collect();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields cannot be used.")
        .with_member("errors", errors)
}
