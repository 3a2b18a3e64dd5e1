//! The page that says why there is no tenant, unless the application renders its own.

use std::{fmt, sync::Arc};

use http::Response;

use super::problem::{Problem, answer};

/// Renders a problem as a page of HTML.
#[derive(Clone)]
pub(crate) struct Page(Arc<dyn Fn(&Problem) -> String + Send + Sync>);

impl Page {
    pub(super) fn new(render: impl Fn(&Problem) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }

    pub(super) fn response<B: From<String>>(&self, problem: &Problem) -> Response<B> {
        answer(problem.status(), "text/html; charset=utf-8", (self.0)(problem))
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
