//! Paths that lead to tenants.

use tenancy_core::{
    resolver::{DomainResolver, PathResolver, ResolverChain},
    testing::World,
};

use super::{ask, layer};

super::on_each_registry!(
    the_first_segment_is_a_slug,
    what_stands_behind_a_prefix_is_a_slug,
    domains_and_paths_go_together,
);

async fn the_first_segment_is_a_slug(world: &World) {
    let chain = ResolverChain::new()
        .then(PathResolver::new(&world.tenancy))
        .with_central_host("example.com".parse().unwrap());
    let layer = layer(world, chain);
    let answer = ask(&layer, "example.com", "/acme/customers").await;
    assert_eq!(answer.body, "acme: ann of acme, bob of acme");
    let answer = ask(&layer, "example.com", "/globex/customers").await;
    assert_eq!(answer.body, "globex: bob of globex, eve of globex");
    for (path, uri) in [
        ("/acme/uri?a=/globex/", "/uri?a=/globex/"),
        ("/acme/uri", "/uri"),
        // The application's own.
        ("/uri?a=b", "/uri?a=b"),
    ] {
        assert_eq!(ask(&layer, "example.com", path).await.body, uri, "{path}");
    }
    assert_eq!(ask(&layer, "example.com", "/acme/links").await.body, "/acme/orders?page=2");
    assert_eq!(ask(&layer, "example.com", "/links").await.body, "/orders?page=2");
    assert_eq!(ask(&layer, "example.com", "/either").await.body, "nobody");
    for path in ["/", "/acme", "/acme/", "//acme/customers", "/ACME/customers", "/acme%2fcustomers"]
    {
        assert_eq!(ask(&layer, "example.com", path).await.status, 404, "{path}");
    }
    // Nowhere but on the central host is there anything without a tenant.
    assert!(ask(&layer, "other.example.com", "/either").await.is(404, "COR102"));
    assert_eq!(ask(&layer, "other.example.com", "/acme/either").await.body, "acme");
}

async fn what_stands_behind_a_prefix_is_a_slug(world: &World) {
    let chain = ResolverChain::new()
        .then(PathResolver::new(&world.tenancy).behind("t/"))
        .with_central_host("example.com".parse().unwrap());
    let layer = layer(world, chain);
    assert_eq!(ask(&layer, "example.com", "/t/acme/either").await.body, "acme");
    assert_eq!(ask(&layer, "example.com", "/t/acme/links").await.body, "/t/acme/orders?page=2");
    assert_eq!(ask(&layer, "example.com", "/either").await.body, "nobody");
    for path in ["/t/initech/either", "/t/ACME/either", "/t/a%20b/either"] {
        assert!(ask(&layer, "example.com", path).await.is(404, "COR102"), "{path}");
    }
    // The prefix is a whole segment.
    assert_eq!(ask(&layer, "example.com", "/tacme/either").await.code(), None);
}

async fn domains_and_paths_go_together(world: &World) {
    let chain = ResolverChain::new()
        .then(DomainResolver::new(&world.tenancy))
        .then(PathResolver::new(&world.tenancy).behind("/t"));
    let layer = layer(world, chain);
    assert_eq!(ask(&layer, "acme.example.com", "/either").await.body, "acme");
    assert_eq!(ask(&layer, "example.com", "/t/globex/either").await.body, "globex");
    // The host comes first, and the path is then one of the tenant's own.
    assert_eq!(ask(&layer, "acme.example.com", "/t/globex/either").await.status, 404);
    assert!(ask(&layer, "example.com", "/either").await.is(404, "COR102"));
}
