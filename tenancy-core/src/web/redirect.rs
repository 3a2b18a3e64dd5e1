//! `Redirect`: who comes by another of a tenant's domains is sent to the primary one.

use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{CACHE_CONTROL, LOCATION},
    request::Parts,
};

use crate::{
    error::Result,
    lookup::TenantLookup,
    resolver::{Candidate, RequestHost},
};

/// Whether clients that come by another of a tenant's domains are sent to the primary one (308, with
/// path and query; the scheme and port stay).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirect {
    /// They are served where they are.
    #[default]
    Off,
    /// Those that read (GET and HEAD) are sent there; others are served where they are.
    Reads,
    /// All are sent there. They send what they have sent once more.
    All,
}

/// Where a client is sent.
#[derive(Debug)]
pub(super) struct RedirectTo(HeaderValue);

impl Redirect {
    /// Where this request is sent, if it is sent anywhere.
    pub(super) async fn of(
        self,
        request: &Parts,
        candidate: &Candidate,
        lookup: &TenantLookup,
    ) -> Result<Option<RedirectTo>> {
        let is_read = request.method == Method::GET || request.method == Method::HEAD;
        let is_wanted = match self {
            Self::Off => false,
            Self::Reads => is_read,
            Self::All => true,
        };
        let Some(domain) = candidate.domain.as_ref().filter(|_| is_wanted) else { return Ok(None) };
        let primary = lookup.primary_domain(candidate.tenant.id).await?;
        let Some(primary) = primary.filter(|primary| primary != domain) else { return Ok(None) };
        let host = request.extensions.get::<RequestHost>();
        let port = host.and_then(RequestHost::port).map_or_else(String::new, |at| format!(":{at}"));
        let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
        let to = HeaderValue::try_from(format!("//{primary}{port}{path}"));
        Ok(to.ok().map(RedirectTo))
    }
}

impl RedirectTo {
    pub(super) fn response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(B::from(String::new()));
        *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
        response.headers_mut().insert(LOCATION, self.0.clone());
        // Another domain may be the primary one tomorrow.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}
