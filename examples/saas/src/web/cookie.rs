//! The cookies: a session's token, and the secret of a hand-over. Both stay on their host.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::sites::Sites;

const SESSION: &str = "saas_session";
const STATE: &str = "saas_state";

/// The prefix with which browsers take a cookie from this very host over HTTPS only.
const SECURE: &str = "__Host-";

fn name(sites: &Sites, name: &str) -> String {
    if sites.is_https() { format!("{SECURE}{name}") } else { name.to_owned() }
}

/// A cookie without a domain is its host's alone; one without an end goes with the browser.
fn kept(sites: &Sites, of: &str, value: &str) -> Cookie<'static> {
    Cookie::build((name(sites, of), value.to_owned()))
        .path("/")
        .http_only(true)
        .secure(sites.is_https())
        .same_site(SameSite::Lax)
        .build()
}

fn gone(sites: &Sites, of: &str) -> Cookie<'static> {
    let mut cookie = kept(sites, of, "");
    cookie.make_removal();
    cookie
}

/// The token that a request shows: a cookie's, or a program's own (`Authorization: Bearer`).
pub(super) fn token(sites: &Sites, headers: &HeaderMap) -> Option<String> {
    if let Some(field) = headers.get(AUTHORIZATION) {
        return field.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned);
    }
    read(sites, headers, SESSION)
}

fn read(sites: &Sites, headers: &HeaderMap, of: &str) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(&name(sites, of)).map(|cookie| cookie.value().to_owned())
}

/// Keeps a session's token in the browser.
pub(super) fn signed_in(sites: &Sites, token: &str) -> CookieJar {
    CookieJar::new().add(kept(sites, SESSION, token))
}

pub(super) fn signed_out(sites: &Sites) -> CookieJar {
    CookieJar::new().add(gone(sites, SESSION))
}

/// The secret of the hand-over that this browser has asked for.
pub(super) fn state(sites: &Sites, headers: &HeaderMap) -> Option<String> {
    read(sites, headers, STATE)
}

/// The same, where a hand-over has come to its end.
pub(super) fn handed_over(sites: &Sites, token: &str) -> CookieJar {
    signed_in(sites, token).add(gone(sites, STATE))
}

pub(super) fn with_state(sites: &Sites, secret: &str) -> CookieJar {
    CookieJar::new().add(kept(sites, STATE, secret))
}
