//! The page that says why there is no tenant, unless the application renders its own.

use std::{fmt, sync::Arc};

use axum_core::response::{IntoResponse, Response};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use super::problem::Problem;

/// Renders a problem as a page of HTML.
#[derive(Clone)]
pub(super) struct Page(Arc<dyn Fn(&Problem) -> String + Send + Sync>);

impl Page {
    pub(super) fn new(render: impl Fn(&Problem) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }

    pub(super) fn response(&self, problem: &Problem) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (problem.status(), headers, (self.0)(problem)).into_response()
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new(plain)
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").finish_non_exhaustive()
    }
}

fn plain(problem: &Problem) -> String {
    let (title, detail) = (escape(problem.title()), escape(problem.detail()));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <main>\n<h1>{title}</h1>\n<p>{detail}</p>\n</main>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn details_are_text() {
        let page = plain(&Problem::new(StatusCode::NOT_FOUND, "<script>&"));
        assert!(page.contains("<p>&lt;script&gt;&amp;</p>"), "{page}");
    }
}
