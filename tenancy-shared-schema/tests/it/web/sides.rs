//! Routes for tenants, for the central part, and for both.

use axum::{Router, body::Body, extract::Request, routing::get};
use sea_orm::ConnectionTrait;
use tenancy_core::{
    Tenant,
    axum::RouteGuard,
    resolver::{DomainResolver, ResolverChain},
    testing::World,
};
use tower_service::Service;

use super::{ask, layer, request};

super::on_each_registry!(
    routes_have_their_side,
    what_is_ignored_is_not_looked_at,
    a_central_host_is_no_tenants,
    without_the_layer_nothing_is_let_through,
);

fn chain(world: &World) -> ResolverChain {
    ResolverChain::new()
        .then(DomainResolver::new(&world.tenancy))
        .with_central_host("www.example.com".parse().unwrap())
        .ignoring_host("probe.example.com".parse().unwrap())
        .ignoring_path("/healthz")
        .ignoring_path("static/")
}

async fn routes_have_their_side(world: &World) {
    let layer = layer(world, chain(world));
    for (path, tenant, central) in [
        ("/for-tenants", 200, 404),
        ("/customers", 200, 404),
        ("/for-central", 404, 200),
        ("/all", 404, 200),
        ("/either", 200, 200),
        ("/role", 401, 404),
        ("/past-without-reason", 500, 500),
    ] {
        let answer = ask(&layer, "acme.example.com", path).await;
        assert_eq!(answer.status, tenant, "{path}: {answer:?}");
        let answer = ask(&layer, "www.example.com", path).await;
        assert_eq!(answer.status, central, "{path}: {answer:?}");
        if central == 404 {
            assert!(answer.is(404, "COR144"), "{path}: {answer:?}");
        }
    }
    let all = ask(&layer, "www.example.com", "/all").await;
    assert_eq!(all.body, "4, because of a test of the console");
    let recorded =
        "SELECT place FROM tenants_central_access WHERE reason = 'a test of the console'";
    let raw = world.raw().await;
    let recorded = sea_orm::Statement::from_string(raw.get_database_backend(), recorded);
    let rows = raw.query_all_raw(recorded).await.unwrap();
    // Both times on the central host; on the tenant's it was refused before anything was opened.
    assert_eq!(rows.len(), 2);
    let place: String = rows[0].try_get_by_index(0).unwrap();
    assert!(place.contains("web.rs:"), "{place}");
}

async fn what_is_ignored_is_not_looked_at(world: &World) {
    let layer = layer(world, chain(world));
    // Without a host that could be read, and without a registry.
    let raw = world.raw().await;
    raw.execute_unprepared("ALTER TABLE tenants_domain RENAME TO elsewhere").await.unwrap();
    for host in ["10.0.0.7:80", "not a host"] {
        assert_eq!(ask(&layer, host, "/healthz").await.body, "well", "{host}");
    }
    assert_eq!(ask(&layer, "probe.example.com", "/either").await.body, "nobody");
    assert_eq!(ask(&layer, "acme.example.com", "/healthz/").await.status, 503);
    assert_eq!(ask(&layer, "acme.example.com", "/static").await.status, 503);
    // Ignored by the layer, and not there for the router.
    assert_eq!(ask(&layer, "acme.example.com", "/static/a.css").await.status, 404);
    // What is ignored has no tenant, and asking for one there is a mistake.
    let answer = ask(&layer, "probe.example.com", "/customers").await;
    assert_eq!((answer.status, answer.code()), (500, None));
}

async fn a_central_host_is_no_tenants(world: &World) {
    let www = "www.example.com".parse().unwrap();
    world.tenancy.registry().add_domain(world.acme.id, &www).await.unwrap();
    let answer = ask(&layer(world, chain(world)), "www.example.com", "/either").await;
    assert_eq!(answer.body, "nobody");
}

async fn without_the_layer_nothing_is_let_through(_world: &World) {
    for guard in [RouteGuard::tenant(), RouteGuard::central()] {
        let guarded = Router::new().route("/", get(async || "inside")).route_layer(guard);
        let answer = guarded.clone().call(request("acme.example.com", "/")).await.unwrap();
        assert_eq!(answer.status().as_u16(), 500);
    }
    let mut open = Router::new().route("/", get(async |tenant: Tenant| tenant.name));
    let request = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(open.call(request).await.unwrap().status().as_u16(), 500);
}
