//! Refuses requests that another site makes a browser send.
//!
//! The shop has no login yet, and so no token to put into forms; browsers say where a request comes
//! from. Another tenant's site is another site: `Sec-Fetch-Site: same-site` is refused as well.

use axum::{
    extract::Request,
    http::{
        HeaderMap, StatusCode,
        header::{HOST, ORIGIN},
    },
    middleware::Next,
    response::Response,
};
use tenancy_core::axum::Problem;

pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers()) {
        return next.run(request).await;
    }
    let detail = "This was sent from another site, and has not been done.";
    super::respond(request.uri(), Problem::new(StatusCode::FORBIDDEN, detail))
}

/// Whether a request comes from a page of this site, or from no page: programs send neither of
/// the two fields, browsers cannot be made to leave them out.
fn is_own(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    match (origin, host) {
        (Some((_, origin)), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn own(fields: &[(&'static str, &'static str)]) -> bool {
        let fields = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_own(&fields.collect())
    }

    #[test]
    fn only_pages_of_the_site_itself_are_trusted() {
        let host = ("host", "acme.localhost:3000");
        assert!(own(&[host]));
        assert!(own(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(own(&[host, ("origin", "http://acme.localhost:3000")]));
        for field in [
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://globex.localhost:3000"),
            ("origin", "http://acme.localhost:4000"),
            ("origin", "null"),
        ] {
            assert!(!own(&[host, field]), "{field:?}");
        }
    }
}
