//! JSON that came in.

use axum::{
    Json,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;
use tenancy_core::axum::Problem;

use super::ApiError;

/// What came in as JSON; what is no JSON, or not of the form, is a problem.
#[derive(Debug)]
pub(in crate::web) struct Received<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Received<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::from_request(request, state).await {
            Ok(Json(received)) => Ok(Self(received)),
            Err(rejection) => {
                Err(ApiError(Problem::new(rejection.status(), rejection.body_text())))
            }
        }
    }
}
