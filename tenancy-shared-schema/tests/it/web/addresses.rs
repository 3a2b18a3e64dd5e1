//! Hosts that lead to tenants: domains and subdomains.

use axum::{body::Body, extract::Request};
use tenancy_core::{
    axum::Redirect,
    resolver::{DomainResolver, ResolverChain, SubdomainResolver},
    testing::World,
};

use super::{ask, layer, send};

super::on_each_registry!(
    a_domain_leads_to_its_tenant_only,
    a_subdomain_is_a_slug_under_a_base,
    other_domains_lead_to_the_primary_one,
);

async fn a_domain_leads_to_its_tenant_only(world: &World) {
    let layer = layer(world, DomainResolver::new(&world.tenancy));
    for host in ["acme.example.com", "ACME.example.com.:8080"] {
        let answer = ask(&layer, host, "/customers").await;
        assert_eq!(answer.body, "acme: ann of acme, bob of acme", "{host}");
    }
    let answer = ask(&layer, "globex.example.com", "/customers").await;
    assert_eq!(answer.body, "globex: bob of globex, eve of globex");
    for host in ["example.com", "www.acme.example.com", "acme.example.org", "127.0.0.1", "[::1]"] {
        assert!(ask(&layer, host, "/customers").await.is(404, "COR102"), "{host}");
    }
    for host in ["", "acme..example.com", "acme.example.com, globex.example.com"] {
        assert!(ask(&layer, host, "/customers").await.is(400, "COR101"), "{host}");
    }
    let target = Request::get("http://acme.example.com/customers").body(Body::empty()).unwrap();
    assert_eq!(send(&layer, target).await.status, 200);
    let both = Request::get("http://acme.example.com/customers")
        .header("host", "globex.example.com")
        .body(Body::empty())
        .unwrap();
    assert!(send(&layer, both).await.is(400, "COR101"));
}

async fn a_subdomain_is_a_slug_under_a_base(world: &World) {
    let bases = ["example.org", "xn--bcher-kva.example"].map(|base| base.parse().unwrap());
    let layer = layer(world, SubdomainResolver::new(&world.tenancy, bases));
    for host in ["acme.example.org", "acme.bücher.example", "ACME.EXAMPLE.ORG:1"] {
        let answer = ask(&layer, host, "/customers").await;
        assert_eq!(answer.body, "acme: ann of acme, bob of acme", "{host}");
    }
    for host in [
        "example.org",
        "www.acme.example.org",
        "acme.notexample.org",
        "acmeexample.org",
        "acme.example.com",
        "initech.example.org",
        "public.example.org",
    ] {
        assert!(ask(&layer, host, "/customers").await.is(404, "COR102"), "{host}");
    }
}

async fn other_domains_lead_to_the_primary_one(world: &World) {
    let registry = world.tenancy.registry();
    registry.add_domain(world.acme.id, &"shop.example.net".parse().unwrap()).await.unwrap();
    let plain = layer(world, DomainResolver::new(&world.tenancy));
    assert_eq!(ask(&plain, "shop.example.net", "/customers").await.status, 200);

    let reads = plain.clone().with_redirect(Redirect::Reads);
    let answer = ask(&reads, "shop.example.net:8080", "/customers?page=2").await;
    assert_eq!(answer.status, 308);
    assert_eq!(answer.headers["location"], "//acme.example.com:8080/customers?page=2");
    assert_eq!(ask(&reads, "acme.example.com", "/customers").await.status, 200);
    let post = |host| Request::post("/customers").header("host", host).body(Body::empty()).unwrap();
    assert_eq!(send(&reads, post("shop.example.net")).await.status, 200);
    let all = plain.with_redirect(Redirect::All);
    assert_eq!(send(&all, post("shop.example.net")).await.status, 308);

    // A path cannot become a host.
    let answer = ask(&reads, "shop.example.net", "//evil.example/").await;
    assert_eq!(answer.headers["location"], "//acme.example.com//evil.example/");

    let primary = "shop.example.net".parse().unwrap();
    registry.set_primary_domain(world.acme.id, &primary).await.unwrap();
    assert_eq!(ask(&reads, "shop.example.net", "/customers").await.status, 200);
    let answer = ask(&reads, "acme.example.com", "/customers").await;
    assert_eq!(answer.headers["location"], "//shop.example.net/customers");
    // A subdomain is no domain of the tenant's, and is not sent anywhere.
    let chain = ResolverChain::new()
        .then(DomainResolver::new(&world.tenancy))
        .then(SubdomainResolver::new(&world.tenancy, ["example.org".parse().unwrap()]));
    let reads = layer(world, chain).with_redirect(Redirect::Reads);
    assert_eq!(ask(&reads, "acme.example.org", "/customers").await.status, 200);
}
