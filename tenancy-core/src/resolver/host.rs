//! Reads the host that a request is sent to, in one normal form.

use http::{HeaderValue, header::HOST, request::Parts};

use super::ResolveError;
use crate::domain::{self, DomainName};

/// The host that a request is sent to, with the port where it names one.
///
/// The tenant layer leaves it in the request's extensions, read through the proxies that are
/// trusted.
///
/// ```
/// use tenancy_core::{resolver::RequestHost, web::http::Request};
///
/// let (request, ()) = Request::get("/").header("host", "Acme.Example.COM.:3000").body(())?.into_parts();
/// let host = RequestHost::of(&request)?;
/// assert_eq!(host.name().as_str(), "acme.example.com");
/// assert_eq!(host.port(), Some(3000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHost {
    name: DomainName,
    port: Option<u16>,
}

impl RequestHost {
    /// Reads the host out of a request: what the tenant layer has found out, or else what stands in
    /// the request's target and its field `Host`.
    ///
    /// # Errors
    /// Those of [`host`].
    pub fn of(request: &Parts) -> Result<Self, ResolveError> {
        match request.extensions.get::<Self>() {
            Some(found) => Ok(found.clone()),
            None => direct(request),
        }
    }

    /// The name: lower case, IDNA to ASCII, no trailing dot.
    #[must_use]
    pub fn name(&self) -> &DomainName {
        &self.name
    }

    /// The port, where one is named.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

/// The host that a request is sent to: lower case, IDNA to ASCII, no port, no trailing dot.
///
/// It stands in the request's target (in HTTP/2, and where a client writes the whole address into
/// the request line) or in the field `Host`. Fields that proxies add (`Forwarded`,
/// `X-Forwarded-Host`) are read by the tenant layer only, and only from
/// [proxies that are trusted](super::TrustedProxies): anybody can send them.
///
/// ```
/// use tenancy_core::{resolver::host, web::http::Request};
///
/// let (request, _) = Request::get("/").header("host", "Acme.Example.COM:3000").body(())?.into_parts();
/// assert_eq!(host(&request)?.as_str(), "acme.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ResolveError::NoHost`]; [`ResolveError::SeveralHosts`] also where target and field name
/// different ones, since a proxy in front may have gone by the other; and
/// [`ResolveError::InvalidHost`].
pub fn host(request: &Parts) -> Result<DomainName, ResolveError> {
    RequestHost::of(request).map(|host| host.name)
}

/// The host in the request's target or its field `Host`.
pub(super) fn direct(request: &Parts) -> Result<RequestHost, ResolveError> {
    let mut fields = request.headers.get_all(HOST).iter();
    let field = fields.next().map(read_field).transpose()?;
    if fields.next().is_some() {
        return Err(ResolveError::SeveralHosts);
    }
    let target = request.uri.authority().map(|target| read(target.as_str())).transpose()?;
    match (target, field) {
        (Some(target), Some(field)) if target.name != field.name => Err(ResolveError::SeveralHosts),
        (Some(host), _) | (None, Some(host)) => Ok(host),
        (None, None) => Err(ResolveError::NoHost),
    }
}

fn read_field(value: &HeaderValue) -> Result<RequestHost, ResolveError> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => read(text),
        Err(_) => Err(ResolveError::InvalidHost { source: None }),
    }
}

/// Reads a host with or without a port.
pub(super) fn read(text: &str) -> Result<RequestHost, ResolveError> {
    let (name, port) = domain::with_port(text)
        .map_err(|source| ResolveError::InvalidHost { source: Some(source) })?;
    Ok(RequestHost { name, port })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn host_of(target: &str, fields: &[&[u8]]) -> Result<String, ResolveError> {
        let mut request = Request::builder().uri(target);
        for field in fields {
            request = request.header(HOST, HeaderValue::from_bytes(field).unwrap());
        }
        host(&request.body(()).unwrap().into_parts().0).map(|host| host.to_string())
    }

    #[test]
    fn hosts_are_read_in_one_form() {
        for (field, normal) in [
            ("acme.localhost", "acme.localhost"),
            ("ACME.LocalHost", "acme.localhost"),
            ("acme.localhost:3000", "acme.localhost"),
            ("acme.localhost.", "acme.localhost"),
            ("acme.localhost.:65535", "acme.localhost"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("ｅｘａｍｐｌｅ.com", "example.com"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[0:0:0::1]:8080", "[::1]"),
            ("[2001:DB8::A]", "[2001:db8::a]"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(host_of("/", &[field.as_bytes()]).unwrap(), normal, "{field}");
        }
    }

    #[test]
    fn the_target_names_the_host_as_well() {
        // Absolute-form of HTTP/1.1, and what `:authority` of HTTP/2 becomes.
        let target = "http://acme.localhost:3000/products";
        assert_eq!(host_of(target, &[]).unwrap(), "acme.localhost");
        assert_eq!(host_of(target, &[b"Acme.localhost"]).unwrap(), "acme.localhost");
        assert_eq!(host_of("https://[::1]:1/", &[]).unwrap(), "[::1]");
        assert_eq!(host_of("acme.localhost:443", &[]).unwrap(), "acme.localhost");
        assert_eq!(host_of("*", &[b"acme.localhost"]).unwrap(), "acme.localhost");
    }

    #[test]
    fn requests_that_do_not_name_one_host_are_refused() {
        assert!(matches!(host_of("/", &[]), Err(ResolveError::NoHost)));
        for (target, fields) in [
            ("/", &[&b"acme.localhost"[..], b"globex.localhost"][..]),
            ("/", &[b"acme.localhost", b"acme.localhost"]),
            ("http://acme.localhost/", &[b"globex.localhost"]),
        ] {
            let host = host_of(target, fields);
            assert!(matches!(host, Err(ResolveError::SeveralHosts)), "{target}: {host:?}");
        }
    }

    #[test]
    fn bad_hosts_are_refused() {
        let target = "http://user@acme.localhost/";
        assert!(matches!(host_of(target, &[]), Err(ResolveError::InvalidHost { .. })));
        let long = format!("{}.example", "a.".repeat(130));
        for bad in [
            &b""[..],
            b"acme..localhost",
            b"acme.localhost..",
            b"acme.localhost/",
            b"acme.localhost:",
            b"acme.localhost:65536",
            b"acme.localhost:-1",
            b"acme.localhost:80:80",
            b"a,b",
            b"\xff",
            b"a b",
            b".",
            b"a@b",
            b"a%2eb",
            b"::1",
            b"[::1",
            b"[::1]]",
            b"[::1]80",
            b"[fe80::1%25eth0]",
            b"[v1.a]",
            b"[]",
            b"a_b",
            b"xn--\xc3\xa4",
            long.as_bytes(),
        ] {
            let host = host_of("/", &[bad]);
            assert!(matches!(host, Err(ResolveError::InvalidHost { .. })), "{bad:?}: {host:?}");
        }
    }
}
