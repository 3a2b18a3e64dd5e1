//! Who is believed, and what can be made of what anybody sends.

use fastrand::Rng;
use http::Request;

use super::*;

fn proxies() -> TrustedProxies {
    TrustedProxies::new(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]).unwrap()
}

fn request(peer: Option<&str>, fields: &[(&str, &str)]) -> Parts {
    let mut request = Request::get("/").header("host", "inner.example.com:8080");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    if let Some(peer) = peer {
        parts.extensions.insert(PeerAddress(peer.parse().unwrap()));
    }
    parts
}

fn host_of(peer: Option<&str>, fields: &[(&str, &str)]) -> Result<String, ResolveError> {
    let host = proxies().host(&request(peer, fields))?;
    Ok(match host.port() {
        Some(port) => format!("{}:{port}", host.name()),
        None => host.name().to_string(),
    })
}

#[test]
fn only_trusted_proxies_are_believed() {
    let fields = [("x-forwarded-host", "acme.example.com")];
    for peer in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "192.0.2.7"] {
        assert_eq!(host_of(Some(peer), &fields).unwrap(), "acme.example.com", "{peer}");
    }
    for peer in [Some("11.0.0.1"), Some("192.0.2.8"), Some("fe80::1"), Some("::a00:1"), None] {
        assert_eq!(host_of(peer, &fields).unwrap(), "inner.example.com:8080", "{peer:?}");
    }
    let nobody = TrustedProxies::default();
    let host = nobody.host(&request(Some("10.1.2.3"), &fields)).unwrap();
    assert_eq!(host.name().as_str(), "inner.example.com");
}

#[test]
fn the_peer_is_where_the_application_says() {
    let mut parts = request(None, &[("x-forwarded-host", "acme.example.com")]);
    parts.extensions.insert(SocketAddr::from(([10, 0, 0, 1], 5)));
    assert!(proxies().trusts(&parts));
    let elsewhere = proxies().with_peer(|_| Some(IpAddr::from([9, 9, 9, 9])));
    assert!(!elsewhere.trusts(&parts));
    assert!(!proxies().with_peer(|_| None).trusts(&parts));
}

#[test]
fn both_fields_are_read() {
    for (name, value, host) in [
        ("x-forwarded-host", "ACME.example.com.:443", "acme.example.com:443"),
        ("x-forwarded-host", "acme.example.com, Acme.Example.Com", "acme.example.com"),
        ("forwarded", "for=192.0.2.1;host=acme.example.com;proto=https", "acme.example.com"),
        (
            "forwarded",
            "For=\"[2001:db8::1]:47\"; Host=\"acme.example.com:80\"",
            "acme.example.com:80",
        ),
        (
            "forwarded",
            "for=a;by=\"x, host=evil.example\", host=acme.example.com",
            "acme.example.com",
        ),
        ("forwarded", "host=\"a\\cme.example.com\"", "acme.example.com"),
        ("forwarded", "host=\"[::1]:3\"", "[::1]:3"),
        // Nothing is said of a host.
        ("forwarded", "for=192.0.2.1", "inner.example.com:8080"),
        ("forwarded", "", "inner.example.com:8080"),
    ] {
        let found = host_of(Some("10.0.0.1"), &[(name, value)]).unwrap();
        assert_eq!(found, host, "{name}: {value}");
    }
}

#[test]
fn what_a_proxy_says_must_be_one_host() {
    let several: [&[(&str, &str)]; 5] = [
        &[("x-forwarded-host", "acme.example.com, globex.example.com")],
        &[("x-forwarded-host", "acme.example.com"), ("x-forwarded-host", "globex.example.com")],
        &[("forwarded", "host=acme.example.com, host=globex.example.com")],
        &[("forwarded", "host=acme.example.com;host=globex.example.com")],
        &[("forwarded", "host=acme.example.com"), ("x-forwarded-host", "globex.example.com")],
    ];
    for fields in several {
        let host = host_of(Some("10.0.0.1"), fields);
        assert!(matches!(host, Err(ResolveError::SeveralHosts)), "{fields:?}: {host:?}");
    }
    for (name, value) in [
        ("x-forwarded-host", ""),
        ("x-forwarded-host", "acme.example.com,"),
        ("x-forwarded-host", "a b"),
        ("forwarded", "host"),
        ("forwarded", "host=\"acme"),
        ("forwarded", "host=\"a\"b\""),
        ("forwarded", "host=\"a\\\""),
        ("forwarded", "host="),
    ] {
        let host = host_of(Some("10.0.0.1"), &[(name, value)]);
        assert!(matches!(host, Err(ResolveError::InvalidHost { .. })), "{name}: {value}: {host:?}");
    }
}

#[test]
fn networks_are_checked() {
    for bad in ["", "10.0.0.0/33", "proxy.example.com", "10.0.0", "*"] {
        assert!(TrustedProxies::new([bad]).is_err(), "{bad}");
    }
}

/// Puts pieces that mean something together at random; whatever comes out is a host in its one form,
/// or refused.
#[test]
fn no_input_is_too_much() {
    const PIECES: [&str; 24] = [
        "a",
        "acme.example.com",
        ".",
        ":",
        "80",
        "[",
        "]",
        "::1",
        ",",
        ";",
        "=",
        "\"",
        "\\",
        "host=",
        "for=",
        " ",
        "ä",
        "xn--",
        "-",
        "%",
        "@",
        "/",
        "\u{200d}",
        "。",
    ];
    let mut random = Rng::with_seed(8);
    let (mut read_so_far, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let text: String =
            (0..random.usize(0..12)).map(|_| PIECES[random.usize(0..PIECES.len())]).collect();
        let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else { continue };
        for name in ["host", "forwarded", "x-forwarded-host"] {
            let mut parts = request(Some("10.0.0.1"), &[]);
            parts.headers.insert(name, value.clone());
            match proxies().host(&parts) {
                Ok(host) => {
                    let name = host.name().as_str();
                    assert_eq!(
                        name.parse::<crate::DomainName>().unwrap().as_str(),
                        name,
                        "{text:?}"
                    );
                    read_so_far += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read_so_far > 100 && refused > 100, "{read_so_far} read, {refused} refused");
}
