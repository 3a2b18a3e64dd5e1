//! `TenantRejection`: why a request got no tenant or no connection, as a response.

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{RETRY_AFTER, VARY, WWW_AUTHENTICATE},
};
use sea_orm::DbErr;

use super::{accept::prefers_html, page::Page, problem::Problem};
use crate::{
    authorizer::Denial, error::Error, migrate::retry, resolver::ResolveError, tenant::TenantStatus,
};

/// How many seconds a client should wait before it asks again.
const RETRY_AFTER_SECONDS: &str = "10";

/// Why a request got no tenant or no connection. As a response it is a page for clients that ask
/// for HTML, and problem details for others.
#[derive(Debug)]
pub struct TenantRejection {
    problem: Problem,
    page: Option<Page>,
}

impl TenantRejection {
    /// What is told to the client.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    pub(crate) fn new(problem: Problem, headers: &HeaderMap, page: &Page) -> Self {
        Self { problem, page: prefers_html(headers).then(|| page.clone()) }
    }

    /// The refusal as a response with whatever body the server has.
    #[must_use]
    pub fn response<B: From<String>>(&self) -> Response<B> {
        let mut response = match &self.page {
            Some(page) => page.response(&self.problem),
            None => self.problem.response(),
        };
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept"));
        if self.problem.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        if self.problem.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// No tenant has the host, or whatever else the request names.
pub(crate) fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is no site at this address.").with_code("COR102")
}

/// The route is for tenants and the request is not, or the other way round.
pub(crate) fn wrong_side() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.").with_code("COR144")
}

/// Something was used on a route without what it needs: the application is at fault, and its clients
/// need not know.
pub(crate) fn missing(what: &'static str) -> Problem {
    tracing::error!("{what}");
    internal()
}

/// Different parts of the request name different tenants.
pub(crate) fn conflict() -> Problem {
    let detail = "You are signed in to another site than this one.";
    Problem::new(StatusCode::FORBIDDEN, detail).with_code("COR140")
}

/// Nobody is signed in, where only members are let in.
pub(crate) fn sign_in() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "Sign in to see this site.").with_code("COR142")
}

pub(crate) fn of_resolving(error: &ResolveError) -> Problem {
    let (status, detail) = match error {
        ResolveError::Lookup { source } => return of(source),
        ResolveError::UnknownTenant => return unknown(),
        ResolveError::Conflict => {
            tracing::warn!("a request was refused: its parts name different tenants");
            return conflict();
        }
        ResolveError::UntrustedHeader { .. } => {
            (StatusCode::BAD_REQUEST, "The request may not name its site so.")
        }
        ResolveError::NoHost | ResolveError::SeveralHosts | ResolveError::InvalidHost { .. } => {
            (StatusCode::BAD_REQUEST, "The request does not name one valid host.")
        }
    };
    tracing::debug!(%error, "a request was refused");
    Problem::new(status, detail).with_code(error.code())
}

/// What a client is told who may not enter a tenant.
pub(crate) fn of_denial(denial: &Denial) -> Problem {
    match denial {
        Denial::SignIn => sign_in(),
        Denial::NotMember => Problem::new(StatusCode::FORBIDDEN, "You are no member of this site.")
            .with_code("COR141"),
        Denial::Conflict => conflict(),
        Denial::Hidden => unknown(),
        Denial::Forbidden { detail } => {
            Problem::new(StatusCode::FORBIDDEN, detail.clone()).with_code("COR145")
        }
        Denial::Lookup { source } => of(source),
    }
}

/// What a client is told of an error. Whatever is the server's own is logged in full and told as
/// little as possible.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not known to concern the client does not concern it, new errors included"
)]
pub(crate) fn of(error: &Error) -> Problem {
    let (status, detail) = match error {
        // Nobody is told that there was a tenant once.
        Error::UnknownTenant { .. } | Error::NotServed { status: TenantStatus::Deleted, .. } => {
            return unknown();
        }
        Error::NotServed { status, .. } => of_status(*status),
        Error::Behind { .. } | Error::StaleHandle { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "This site is being updated.")
        }
        Error::Database { .. } | Error::NotInitialised => {
            log(error);
            return unavailable().with_code(error.code());
        }
        _ => {
            log(error);
            return internal();
        }
    };
    if status.is_server_error() {
        log(error);
    }
    Problem::new(status, detail).with_code(error.code())
}

fn of_status(status: TenantStatus) -> (StatusCode, &'static str) {
    match status {
        TenantStatus::Suspended => (StatusCode::FORBIDDEN, "This site is suspended."),
        TenantStatus::Archived | TenantStatus::Deleted => {
            (StatusCode::GONE, "This site has been closed.")
        }
        TenantStatus::Provisioning => {
            (StatusCode::SERVICE_UNAVAILABLE, "This site is being set up.")
        }
        // A handle that was refused while its tenant is served is out of date.
        TenantStatus::Active => (StatusCode::SERVICE_UNAVAILABLE, "This site is being updated."),
    }
}

impl From<&Error> for Problem {
    /// What a client is told of an error; the rest of it goes to the log.
    fn from(error: &Error) -> Self {
        of(error)
    }
}

impl From<&DbErr> for Problem {
    /// What a client is told of an error that came through SeaORM; the rest of it goes to the log.
    fn from(error: &DbErr) -> Self {
        if let Some(ours) = Error::from_db_err(error) {
            return of(ours);
        }
        tracing::error!(%error, "a statement failed");
        let is_passing = matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_));
        if is_passing || retry::is_contended(error) {
            return unavailable();
        }
        internal()
    }
}

fn unavailable() -> Problem {
    let detail = "The service is not available at the moment.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

fn internal() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on the server.")
}

fn log(error: &Error) {
    tracing::error!(code = error.code(), "{}", error.with_sources());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_tenant_has_its_answer() {
        for (status, answer) in [
            (TenantStatus::Suspended, 403),
            (TenantStatus::Archived, 410),
            (TenantStatus::Provisioning, 503),
        ] {
            let problem = of(&Error::NotServed { slug: "acme".to_owned(), status });
            assert_eq!(problem.status().as_u16(), answer, "{status}");
            assert_eq!(problem.code(), Some("COR103"));
        }
        let deleted = Error::NotServed { slug: "acme".to_owned(), status: TenantStatus::Deleted };
        assert_eq!(of(&deleted), unknown());
        assert_eq!(of(&Error::Behind { slug: "acme".to_owned() }).status().as_u16(), 503);
        assert_eq!(of(&Error::UnknownTenant { tenant: "acme".to_owned() }).status().as_u16(), 404);
    }

    #[test]
    fn clients_are_not_told_what_is_wrong_with_the_server() {
        let source = DbErr::Custom("the password of db.example.com".to_owned());
        let down = of_resolving(&ResolveError::lookup(Error::Database { doing: "a", source }));
        assert_eq!(down.status().as_u16(), 503);
        assert!(!format!("{down:?}").contains("db.example.com"));

        // The registry holds a name that cannot be read: not the client's fault.
        let broken = Error::InvalidName { kind: "slug", name: "Ä".to_owned(), reason: "b" };
        assert_eq!(of_resolving(&ResolveError::lookup(broken)).status().as_u16(), 500);
        assert_eq!(missing("a layer").code(), None);
    }

    #[test]
    fn pages_and_data_say_the_same() {
        let headers = |accept: &'static str| {
            HeaderMap::from_iter([(http::header::ACCEPT, HeaderValue::from_static(accept))])
        };
        let page = Page::new(|problem| problem.detail().to_owned());
        for (accept, content_type) in
            [("text/html", "text/html; charset=utf-8"), ("*/*", "application/problem+json")]
        {
            let rejection = TenantRejection::new(unknown(), &headers(accept), &page);
            let response: Response<String> = rejection.response();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            assert_eq!(response.headers()["content-type"], content_type);
            assert_eq!(response.headers()["vary"], "accept");
        }
    }
}
