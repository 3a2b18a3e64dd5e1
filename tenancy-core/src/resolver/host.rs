//! Reads the host that a request is sent to, in one normal form.

use http::{HeaderValue, header::HOST, request::Parts};

use super::ResolveError;
use crate::domain::DomainName;

/// The host that a request is sent to: lower case, IDNA to ASCII, no port, no trailing dot.
///
/// It stands in the request's target (in HTTP/2, and where a client writes the whole address into
/// the request line) or in the field `Host`. Fields that proxies add (`Forwarded`,
/// `X-Forwarded-Host`) are not read: anybody can send them.
///
/// ```
/// use tenancy_core::{axum::http::Request, resolver::host};
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
    let mut fields = request.headers.get_all(HOST).iter();
    let field = fields.next().map(read_field).transpose()?;
    if fields.next().is_some() {
        return Err(ResolveError::SeveralHosts);
    }
    let target = request.uri.authority().map(|target| read(target.as_str())).transpose()?;
    match (target, field) {
        (Some(target), Some(field)) if target != field => Err(ResolveError::SeveralHosts),
        (Some(host), _) | (None, Some(host)) => Ok(host),
        (None, None) => Err(ResolveError::NoHost),
    }
}

fn read_field(value: &HeaderValue) -> Result<DomainName, ResolveError> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => read(text),
        Err(_) => Err(ResolveError::InvalidHost { source: None }),
    }
}

fn read(text: &str) -> Result<DomainName, ResolveError> {
    text.parse().map_err(|source| ResolveError::InvalidHost { source: Some(source) })
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
        for field in ["acme.localhost", "ACME.LocalHost", "acme.localhost:3000", "acme.localhost."]
        {
            assert_eq!(host_of("/", &[field.as_bytes()]).unwrap(), "acme.localhost", "{field}");
        }
        assert_eq!(host_of("/", &["bücher.example".as_bytes()]).unwrap(), "xn--bcher-kva.example");
    }

    #[test]
    fn the_target_names_the_host_as_well() {
        let target = "http://acme.localhost:3000/products";
        assert_eq!(host_of(target, &[]).unwrap(), "acme.localhost");
        assert_eq!(host_of(target, &[b"Acme.localhost"]).unwrap(), "acme.localhost");
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
        for bad in [&b""[..], b"acme..localhost", b"acme.localhost/", b"a,b", b"\xff", b"a b", b"."]
        {
            let host = host_of("/", &[bad]);
            assert!(matches!(host, Err(ResolveError::InvalidHost { .. })), "{bad:?}: {host:?}");
        }
    }
}
