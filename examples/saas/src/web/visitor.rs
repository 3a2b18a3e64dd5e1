//! Who visits: the session behind a request, which must be of the site that it is shown to.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use tenancy_core::{Role, authorizer::CurrentUser, axum::Problem, resolver::BoundTenant};

use super::{app::App, cookie, respond};
use crate::{
    accounts::{AccountError, Audience, Session},
    entity::user,
};

/// A signed-in user.
#[derive(Debug, Clone)]
pub(super) struct Visitor(pub(super) user::Model);

/// A signed-in member of the tenant that a request is for.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) user: user::Model,
    pub(super) role: Role,
}

/// The session that a request shows, if it is one of this site.
pub(super) async fn session(
    app: &App,
    headers: &HeaderMap,
    site: Audience,
) -> Result<Option<Session>, SessionRefused> {
    let Some(token) = cookie::token(&app.sites, headers) else { return Ok(None) };
    let found = app.accounts.session(&token).await.map_err(SessionRefused::Account)?;
    match found {
        // Isolation: whoever shows what was made elsewhere is refused, not taken for nobody.
        Some(session) if !session.is_for(site) => Err(SessionRefused::Elsewhere),
        found => Ok(found),
    }
}

/// Why the session of a request is not taken.
#[derive(Debug)]
pub(super) enum SessionRefused {
    /// It was made on another site.
    Elsewhere,
    /// It could not be looked up.
    Account(AccountError),
}

impl From<SessionRefused> for Problem {
    fn from(refused: SessionRefused) -> Self {
        match refused {
            SessionRefused::Elsewhere => {
                let detail = "This sign-in belongs to another site, and opens nothing here.";
                Self::new(StatusCode::FORBIDDEN, detail).with_code("SAAS001")
            }
            SessionRefused::Account(error) => super::page::of_account(&error),
        }
    }
}

/// Finds out whose request to a tenant's site it is, before the layer that finds the tenant: that
/// layer refuses a session that is bound to another tenant, and looks for the membership.
pub(super) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(token) = cookie::token(&app.sites, request.headers()) else {
        return next.run(request).await;
    };
    let session = match app.accounts.session(&token).await {
        Ok(session) => session,
        Err(error) => return respond(request.uri(), super::page::of_account(&error)),
    };
    if let Some(session) = session {
        // Isolation: whoever shows what was made elsewhere is refused, not taken for nobody.
        let Some(tenant) = session.tenant() else {
            return respond(request.uri(), SessionRefused::Elsewhere.into());
        };
        let extensions = request.extensions_mut();
        extensions.insert(BoundTenant(tenant));
        extensions.insert(CurrentUser(session.user.id.to_string()));
        extensions.insert(Visitor(session.user));
    }
    next.run(request).await
}

/// Lets members of a tenant into the routes behind it, and nobody else. It stands before whatever
/// opens a connection.
pub(super) async fn members_only(
    member: Option<tenancy_core::Member>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(Visitor(user)) = request.extensions().get().cloned() else { return nobody(&request) };
    let Some(member) = member else {
        let detail = "You are not a member of this shop.";
        let problem = Problem::new(StatusCode::FORBIDDEN, detail).with_code("SAAS002");
        return respond(request.uri(), problem);
    };
    request.extensions_mut().insert(Member { user, role: member.role });
    next.run(request).await
}

/// What those get who are not signed in: people the form, programs a refusal.
pub(super) fn nobody(request: &Request) -> Response {
    let uri = request.uri();
    if super::is_api(uri) {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "Sign in first, at /api/session.");
        let mut response = problem.into_response();
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        return response;
    }
    let back = match uri.path_and_query() {
        Some(path) if request.method().is_safe() && path.as_str() != "/" => path.as_str(),
        _ => return Redirect::to("/sign-in").into_response(),
    };
    let query = form_urlencoded(back);
    Redirect::to(&format!("/sign-in?to={query}")).into_response()
}

/// Text as a value in a query.
pub(super) fn form_urlencoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// A path of this site to go on to, or its front page: an address of another site is none.
pub(super) fn onward(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\n', '\r']);
    if is_path { to } else { "/" }
}

/// What those get who have come to a route without the check of who visits.
fn unchecked(parts: &Parts) -> Response {
    tracing::error!(path = parts.uri.path(), "a route without the check of who visits");
    let detail = "Something went wrong on the server.";
    respond(&parts.uri, Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
}

impl FromRequestParts<App> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Response> {
        parts.extensions.get().cloned().ok_or_else(|| unchecked(parts))
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Response> {
        parts.extensions.get().cloned().ok_or_else(|| unchecked(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_to_paths_of_the_same_site_only() {
        assert_eq!(onward("/orders/new?x=1"), "/orders/new?x=1");
        for elsewhere in ["", "https://example.com", "//example.com", "/\\example.com", "orders"] {
            assert_eq!(onward(elsewhere), "/", "{elsewhere}");
        }
        assert_eq!(form_urlencoded("/orders?x=1&y= "), "/orders%3Fx%3D1%26y%3D%20");
    }
}
