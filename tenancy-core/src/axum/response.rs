//! Refusals as responses of axum's.

use axum_core::response::{IntoResponse, Response};

use crate::web::{Problem, TenantRejection};

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response()
    }
}

impl IntoResponse for TenantRejection {
    fn into_response(self) -> Response {
        self.response()
    }
}
