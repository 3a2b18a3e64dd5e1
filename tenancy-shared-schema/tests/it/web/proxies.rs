//! What proxies say of a request.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
};
use tenancy_core::{
    config::Config,
    resolver::{DomainResolver, HeaderResolver, ResolverChain, TrustedProxies},
    testing::World,
};
use tenancy_shared_schema::SharedSchema;

use super::{layer, send};

super::on_each_registry!(
    forwarded_hosts_come_from_trusted_proxies,
    the_header_comes_from_trusted_proxies,
    the_configuration_makes_the_chain,
);

fn from(peer: &str, host: &str, fields: &[(&str, &str)]) -> Request {
    let mut request = Request::get("/either").header("host", host);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: IpAddr = peer.parse().unwrap();
    // As axum's server leaves it.
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 40_000)));
    request
}

fn peer(request: &axum::http::request::Parts) -> Option<IpAddr> {
    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

async fn forwarded_hosts_come_from_trusted_proxies(world: &World) {
    let chain = ResolverChain::from(DomainResolver::new(&world.tenancy))
        .trusting(TrustedProxies::new(["10.0.0.0/8"]).unwrap().with_peer(peer));
    let layer = layer(world, chain);
    let forwarded = [("x-forwarded-host", "globex.example.com")];
    let answer = send(&layer, from("10.0.0.1", "acme.example.com", &forwarded)).await;
    assert_eq!(answer.body, "globex");
    // Nobody else leads past the host that the connection was made for.
    let answer = send(&layer, from("203.0.113.1", "acme.example.com", &forwarded)).await;
    assert_eq!(answer.body, "acme");
    let several = [("forwarded", "host=acme.example.com, host=globex.example.com")];
    assert!(send(&layer, from("10.0.0.1", "a.example.com", &several)).await.is(400, "COR101"));
}

async fn the_header_comes_from_trusted_proxies(world: &World) {
    let tenancy = &world.tenancy;
    let chain = ResolverChain::from(HeaderResolver::new(tenancy, "X-Tenant").unwrap())
        .trusting(TrustedProxies::new(["10.0.0.0/8"]).unwrap().with_peer(peer));
    let layer = layer(world, chain);
    let acme = [("x-tenant", "acme")];
    assert_eq!(send(&layer, from("10.0.0.1", "any.example.com", &acme)).await.body, "acme");
    assert!(send(&layer, from("203.0.113.1", "any.example.com", &acme)).await.is(400, "COR143"));
    for value in ["initech", "ACME", "acme, globex", ""] {
        let answer =
            send(&layer, from("10.0.0.1", "any.example.com", &[("x-tenant", value)])).await;
        assert!(answer.is(404, "COR102"), "{value}: {answer:?}");
    }
    let twice = [("x-tenant", "acme"), ("x-tenant", "globex")];
    assert!(send(&layer, from("10.0.0.1", "any.example.com", &twice)).await.is(403, "COR140"));
    assert!(send(&layer, from("10.0.0.1", "any.example.com", &[])).await.is(404, "COR102"));
    assert!(HeaderResolver::new(tenancy, "x tenant").is_err());
}

fn config(values: &[(&str, &str)]) -> Config {
    let mut config =
        Config::builder().strategy(SharedSchema::KEYS).database_url("sqlite://registry.db");
    for (key, value) in values {
        config = config.set(key, value);
    }
    config.build().unwrap()
}

async fn the_configuration_makes_the_chain(world: &World) {
    let full = config(&[
        ("resolve.base_domains", "example.org"),
        ("resolve.central_hosts", "www.example.org"),
        ("resolve.neutral_hosts", "api.example.org"),
        ("resolve.ignored_paths", "/healthz"),
        ("resolve.path_prefix", "/t"),
        ("resolve.trusted_proxies", "10.0.0.0/8, ::1"),
        ("resolve.trusted_header", "x-tenant"),
    ]);
    let chain = ResolverChain::from_config(&world.tenancy, full.resolve()).unwrap();
    let layer = layer(world, chain.with_peer(peer));
    let either = async |host: &str, fields: &[(&str, &str)]| {
        send(&layer, from("10.0.0.1", host, fields)).await.body
    };
    assert_eq!(either("acme.example.com", &[]).await, "acme");
    assert_eq!(either("globex.example.org", &[]).await, "globex");
    assert_eq!(either("www.example.org", &[]).await, "nobody");
    assert_eq!(either("api.example.org", &[("x-tenant", "globex")]).await, "globex");
    let mixed = from("10.0.0.1", "acme.example.com", &[("x-tenant", "globex")]);
    assert!(send(&layer, mixed).await.is(403, "COR140"));
    assert_eq!(super::ask(&layer, "www.example.org", "/t/acme/either").await.body, "acme");
    assert_eq!(super::ask(&layer, "10.0.0.9", "/healthz").await.body, "well");

    for wrong in [
        &[("resolve.base_domains", "a b")][..],
        &[("resolve.central_hosts", "a..b")],
        &[("resolve.trusted_proxies", "proxy")],
        &[("resolve.trusted_header", "x-tenant")],
        &[("resolve.trusted_header", "a b"), ("resolve.trusted_proxies", "::1")],
    ] {
        let chain = ResolverChain::from_config(&world.tenancy, config(wrong).resolve());
        assert!(chain.is_err(), "{wrong:?}");
    }
}
