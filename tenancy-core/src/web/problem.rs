//! `Problem`: what went wrong, as RFC 9457 has it.

use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// What went wrong with a request, for programs: as a response it is `application/problem+json`.
///
/// With the feature `axum` it is a response of axum's.
///
/// ```
/// use tenancy_core::web::{Problem, http::StatusCode};
///
/// let problem = Problem::new(StatusCode::CONFLICT, "the number is in use").with_code("INV001");
/// assert_eq!(
///     serde_json::to_string(&problem)?,
///     r#"{"status":409,"title":"Conflict","detail":"the number is in use","code":"INV001"}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    title: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem of this status. The title is the status in words; `detail` is for a person.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            title: status.canonical_reason().unwrap_or("Error"),
            detail: detail.into(),
            code: None,
            members: Map::new(),
        }
    }

    /// Gives it a stable code, for programs to go by.
    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// Adds a member of the application's own. Those of this type have precedence over it.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        if !["type", "status", "title", "detail", "code"].contains(&name) {
            self.members.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The status in words.
    #[must_use]
    pub fn title(&self) -> &str {
        self.title
    }

    /// What went wrong, for a person.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The stable code, if it has one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The problem as a response with whatever body the server has.
    #[must_use]
    pub fn response<B: From<String>>(&self) -> Response<B> {
        let body = serde_json::to_string(self).unwrap_or_default();
        answer(self.status, "application/problem+json", body)
    }
}

/// A response that nobody keeps.
pub(super) fn answer<B: From<String>>(
    status: StatusCode,
    content_type: &'static str,
    body: String,
) -> Response<B> {
    let mut response = Response::new(B::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
