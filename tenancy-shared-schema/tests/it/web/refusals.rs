//! What is refused, and how it is said.

use axum::{body::Body, extract::Request};
use sea_orm::ConnectionTrait;
use tenancy_core::{
    axum::TenantLayer,
    resolver::DomainResolver,
    testing::{World, world},
};

use super::{ask, layer, send};

super::on_each_registry!(
    tenants_out_of_service_are_refused,
    a_tenant_that_is_behind_is_refused,
    a_registry_that_does_not_answer_is_unavailable,
    pages_are_for_people,
);

async fn tenants_out_of_service_are_refused(world: &World) {
    let layer = layer(world, DomainResolver::new(&world.tenancy));
    let slug = &world.acme.slug;
    let status = async || ask(&layer, "acme.example.com", "/customers").await;
    assert_eq!(status().await.status, 200);
    world.tenancy.suspend(slug).await.unwrap();
    assert!(status().await.is(403, "COR103"));
    world.tenancy.resume(slug).await.unwrap();
    assert_eq!(status().await.status, 200);
    world.tenancy.archive(slug).await.unwrap();
    assert!(status().await.is(410, "COR103"));
    world.tenancy.resume(slug).await.unwrap();
    assert_eq!(status().await.status, 200);
    world.tenancy.delete_tenant(slug).await.unwrap();
    assert!(status().await.is(404, "COR102"));
    assert_eq!(ask(&layer, "globex.example.com", "/customers").await.status, 200);
}

async fn a_tenant_that_is_behind_is_refused(world: &World) {
    let newer = world.again(world::with_note()).await;
    let layer = TenantLayer::new(newer.clone(), DomainResolver::new(&newer));
    let answer = ask(&layer, "acme.example.com", "/customers").await;
    assert!(answer.is(503, "MIG107"), "{answer:?}");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().is_ok());
    world::migrate(&newer).await;
    assert_eq!(ask(&layer, "acme.example.com", "/customers").await.status, 200);
}

async fn a_registry_that_does_not_answer_is_unavailable(world: &World) {
    let layer = layer(world, DomainResolver::new(&world.tenancy));
    let raw = world.raw().await;
    raw.execute_unprepared("ALTER TABLE tenants_domain RENAME TO elsewhere").await.unwrap();
    let answer = ask(&layer, "acme.example.com", "/customers").await;
    assert!(answer.is(503, "COR106"), "{answer:?}");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().is_ok());
    assert!(!answer.body.contains("tenants_domain"), "{answer:?}");
    raw.execute_unprepared("ALTER TABLE elsewhere RENAME TO tenants_domain").await.unwrap();
    assert_eq!(ask(&layer, "acme.example.com", "/customers").await.status, 200);
}

async fn pages_are_for_people(world: &World) {
    let layer = layer(world, DomainResolver::new(&world.tenancy))
        .with_page(|problem| format!("<p>{}: {}</p>", problem.status(), problem.detail()));
    let page = Request::get("/")
        .header("host", "initech.example.com")
        .header("accept", "text/html")
        .body(Body::empty())
        .unwrap();
    let answer = send(&layer, page).await;
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.body, "<p>404 Not Found: There is no site at this address.</p>");
    let answer = ask(&layer, "initech.example.com", "/").await;
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    for header in ["cache-control", "vary"] {
        assert!(answer.headers.contains_key(header), "{header}");
    }
}
