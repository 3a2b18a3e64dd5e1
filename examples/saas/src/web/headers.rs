//! What every response carries.

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};

use super::app::App;

/// Without this policy for the referrer, browsers would send no `Origin` that can be compared.
/// What a signed-in person sees is kept by no cache.
const HEADERS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// What a page may load, and where its forms may lead.
fn policy(forms: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src data:; form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// A sign-in on the central site may lead on to a shop's, which browsers count as the form's own
/// way.
pub(super) async fn lead_on(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let shops = app.sites.url(&format!("*.{}", app.sites.base()));
    if let Ok(policy) = HeaderValue::from_str(&policy(&format!(" {shops}"))) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

pub(super) async fn add(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy("")) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    if app.sites.is_https() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    response
}
