//! Who visits: the session behind a request, which must be of the site that it is shown to.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use tenancy_core::{Role, Tenant, axum::Problem};

use super::{app::App, cookie, respond};
use crate::{
    accounts::{AccountError, Audience, Session},
    entity::user,
};

/// A signed-in user on a site of no tenant.
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

/// Lets members of a tenant into its site, and nobody else. It stands behind the layer that finds
/// the tenant, and before whatever opens a connection.
pub(super) async fn members_only(
    State(app): State<App>,
    tenant: Tenant,
    mut request: Request,
    next: Next,
) -> Response {
    let uri = request.uri().clone();
    let session = match session(&app, request.headers(), Audience::Tenant(tenant.id)).await {
        Ok(Some(session)) => session,
        Ok(None) => return nobody(&request),
        Err(refused) => return respond(&uri, refused.into()),
    };
    let member = app.tenancy.registry().find_member(tenant.id, &session.user.id.to_string()).await;
    match member {
        Ok(Some(member)) => {
            request.extensions_mut().insert(Member { user: session.user, role: member.role });
            next.run(request).await
        }
        Ok(None) => {
            let detail = "You are not a member of this shop.";
            respond(&uri, Problem::new(StatusCode::FORBIDDEN, detail).with_code("SAAS002"))
        }
        Err(error) => respond(&uri, Problem::from(&error)),
    }
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

fn from_extensions<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T, Response> {
    parts.extensions.get::<T>().cloned().ok_or_else(|| {
        tracing::error!(path = parts.uri.path(), "a route without the check of who visits");
        let detail = "Something went wrong on the server.";
        respond(&parts.uri, Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
    })
}

impl FromRequestParts<App> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Response> {
        from_extensions(parts)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Response> {
        from_extensions(parts)
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
