//! Credentials that name a tenant, and what they may not lead to.

use axum::extract::Request;
use serde_json::json;
use tenancy_core::{
    TenantId, TenantKey,
    resolver::{
        BoundTenant, ClaimResolver, CustomResolver, DomainResolver, Evidence, FixedResolver,
        ResolveError, ResolverChain, SessionResolver, TokenClaims,
    },
    testing::World,
};

use super::{ask, layer, request, send};

super::on_each_registry!(
    a_session_of_one_tenant_opens_no_other,
    a_claim_names_the_tenant,
    a_credential_leads_nowhere_from_a_host_that_is_nobodys,
    a_function_of_the_application_names_the_tenant,
    one_tenant_may_be_all_there_is,
);

fn bound(mut request: Request, tenant: TenantId) -> Request {
    request.extensions_mut().insert(BoundTenant(tenant));
    request
}

fn claiming(mut request: Request, tenant: serde_json::Value) -> Request {
    let claims = [("tenant".to_owned(), tenant)].into_iter().collect();
    request.extensions_mut().insert(TokenClaims(claims));
    request
}

async fn a_session_of_one_tenant_opens_no_other(world: &World) {
    let domains = DomainResolver::new(&world.tenancy);
    // Whether or not the chain reads sessions.
    let chains = [
        ResolverChain::from(domains.clone()),
        ResolverChain::new().then(domains.clone()).then(SessionResolver::new(&world.tenancy)),
        ResolverChain::new().then(SessionResolver::new(&world.tenancy)).then(domains),
    ];
    for chain in chains {
        let layer = layer(world, chain);
        let own = bound(request("acme.example.com", "/customers"), world.acme.id);
        assert_eq!(send(&layer, own).await.body, "acme: ann of acme, bob of acme");
        let other = bound(request("globex.example.com", "/customers"), world.acme.id);
        let answer = send(&layer, other).await;
        assert!(answer.is(403, "COR140"), "{answer:?}");
        assert!(!answer.body.contains("globex") && !answer.body.contains("acme"), "{answer:?}");
        // A session that outlived its tenant is nobody's.
        let gone = bound(request("acme.example.com", "/customers"), TenantId::generate());
        let answer = send(&layer, gone).await;
        assert!(answer.is(403, "COR140") || answer.is(404, "COR102"), "{answer:?}");
    }
}

async fn a_claim_names_the_tenant(world: &World) {
    let chain = ResolverChain::from(ClaimResolver::new(&world.tenancy, "tenant"));
    let layer = layer(world, chain);
    for name in [json!("acme"), json!(world.acme.id.to_string())] {
        let answer = send(&layer, claiming(request("api.example.com", "/customers"), name)).await;
        assert_eq!(answer.body, "acme: ann of acme, bob of acme");
    }
    for name in [json!("initech"), json!(TenantId::generate()), json!(1), json!(null), json!("A b")]
    {
        let answer = send(&layer, claiming(request("api.example.com", "/customers"), name)).await;
        assert!(answer.is(404, "COR102"), "{answer:?}");
    }
    assert!(ask(&layer, "api.example.com", "/customers").await.is(404, "COR102"));
    // A claim and a session that are different tenants'.
    let mixed = claiming(request("api.example.com", "/customers"), json!("acme"));
    assert!(send(&layer, bound(mixed, world.globex.id)).await.is(403, "COR140"));
}

async fn a_credential_leads_nowhere_from_a_host_that_is_nobodys(world: &World) {
    let chain = ResolverChain::new()
        .then(DomainResolver::new(&world.tenancy))
        .then(SessionResolver::new(&world.tenancy))
        .then(ClaimResolver::new(&world.tenancy, "tenant"))
        .with_central_host("www.example.com".parse().unwrap())
        .with_neutral_host("api.example.com".parse().unwrap());
    let layer = layer(world, chain);
    let of_acme = |host| bound(request(host, "/either"), world.acme.id);
    assert!(send(&layer, of_acme("initech.example.com")).await.is(404, "COR102"));
    assert_eq!(send(&layer, of_acme("www.example.com")).await.body, "nobody");
    assert_eq!(send(&layer, of_acme("api.example.com")).await.body, "acme");
    assert!(ask(&layer, "api.example.com", "/either").await.is(404, "COR102"));
    let mixed = claiming(of_acme("api.example.com"), json!("globex"));
    assert!(send(&layer, mixed).await.is(403, "COR140"));
}

async fn a_function_of_the_application_names_the_tenant(world: &World) {
    let read = |request: &axum::http::request::Parts| {
        let Some(query) = request.uri.query() else { return Ok(None) };
        let key: TenantKey = query.parse().map_err(|_| ResolveError::UnknownTenant)?;
        Ok(Some(key))
    };
    let layer = layer(world, CustomResolver::new(&world.tenancy, Evidence::Path, read));
    assert_eq!(ask(&layer, "any.example.com", "/either?acme").await.body, "acme");
    for path in ["/either", "/either?initech", "/either?a%20b"] {
        assert!(ask(&layer, "any.example.com", path).await.is(404, "COR102"), "{path}");
    }
}

async fn one_tenant_may_be_all_there_is(world: &World) {
    let acme = FixedResolver::new(&world.tenancy, TenantKey::Id(world.acme.id));
    let alone = layer(world, acme.clone());
    assert_eq!(ask(&alone, "any.example.com", "/either").await.body, "acme");
    // It is no tenant to fall back to.
    let chain = ResolverChain::new().then(DomainResolver::new(&world.tenancy)).then(acme);
    let behind = layer(world, chain);
    assert_eq!(ask(&behind, "acme.example.com", "/either").await.body, "acme");
    assert!(ask(&behind, "any.example.com", "/either").await.is(404, "COR102"));
    assert!(ask(&behind, "globex.example.com", "/either").await.is(403, "COR140"));
}
