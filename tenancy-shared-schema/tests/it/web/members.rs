//! Members are let in.

use axum::extract::Request;
use tenancy_core::{
    Role, Tenant,
    authorizer::{Authorizer, CurrentUser, Denial, Grant, MembershipAuthorizer},
    axum::http::request::Parts,
    resolver::DomainResolver,
    testing::World,
};

use super::{layer, request, send};

super::on_each_registry!(
    members_are_let_in,
    visitors_are_let_in_by_choice,
    every_authorizer_must_agree,
);

fn by(user: Option<&str>, path: &str) -> Request {
    let mut request = request("acme.example.com", path);
    if let Some(user) = user {
        request.extensions_mut().insert(CurrentUser(user.to_owned()));
    }
    request
}

async fn join(world: &World) {
    let registry = world.tenancy.registry();
    registry.add_member(world.acme.id, "ann", Role::Admin).await.unwrap();
    registry.add_member(world.globex.id, "eve", Role::Owner).await.unwrap();
}

async fn members_are_let_in(world: &World) {
    join(world).await;
    let domains = layer(world, DomainResolver::new(&world.tenancy));
    let members = MembershipAuthorizer::new(&world.tenancy);
    let open = domains.clone().with_authorizer(members.clone());
    assert_eq!(send(&open, by(Some("ann"), "/role")).await.body, "admin");
    let answer = send(&open, by(None, "/customers")).await;
    assert!(answer.is(401, "COR142") && answer.headers.contains_key("www-authenticate"));
    // Somebody who owns another tenant is nobody here.
    assert!(send(&open, by(Some("eve"), "/customers")).await.is(403, "COR141"));
    assert!(send(&open, by(Some("Ann"), "/customers")).await.is(403, "COR141"));

    let hidden = domains.with_authorizer(members.hiding_tenants());
    assert_eq!(send(&hidden, by(Some("ann"), "/role")).await.body, "admin");
    for user in [None, Some("eve")] {
        assert!(send(&hidden, by(user, "/customers")).await.is(404, "COR102"), "{user:?}");
    }
    world.tenancy.registry().remove_member(world.acme.id, "ann").await.unwrap();
    assert!(send(&open, by(Some("ann"), "/customers")).await.is(403, "COR141"));
}

async fn visitors_are_let_in_by_choice(world: &World) {
    join(world).await;
    let open = layer(world, DomainResolver::new(&world.tenancy))
        .with_authorizer(MembershipAuthorizer::new(&world.tenancy).with_visitors());
    assert_eq!(send(&open, by(Some("ann"), "/known")).await.body, "Some(Admin)");
    for user in [None, Some("eve")] {
        assert_eq!(send(&open, by(user, "/known")).await.body, "None", "{user:?}");
        assert_eq!(send(&open, by(user, "/customers")).await.status, 200, "{user:?}");
        assert!(send(&open, by(user, "/role")).await.is(401, "COR142"), "{user:?}");
    }
}

#[derive(Debug)]
struct Paid;

#[async_trait::async_trait]
impl Authorizer for Paid {
    async fn authorize(&self, _request: &Parts, tenant: &Tenant) -> Result<Grant, Denial> {
        match tenant.settings["paid"].as_bool() {
            Some(true) => Ok(Grant::anybody()),
            Some(false) | None => {
                Err(Denial::Forbidden { detail: "This site has not been paid for.".to_owned() })
            }
        }
    }
}

async fn every_authorizer_must_agree(world: &World) {
    join(world).await;
    let both = layer(world, DomainResolver::new(&world.tenancy))
        .with_authorizer(MembershipAuthorizer::new(&world.tenancy))
        .with_authorizer(Paid);
    let answer = send(&both, by(Some("ann"), "/role")).await;
    assert!(answer.is(403, "COR145") && answer.body.contains("paid"), "{answer:?}");
    let settings = Some(serde_json::json!({ "paid": true }));
    let paid = tenancy_core::registry::TenantChange { settings, ..Default::default() };
    world.tenancy.registry().update(world.acme.id, paid).await.unwrap();
    assert_eq!(send(&both, by(Some("ann"), "/role")).await.body, "admin");
    assert!(send(&both, by(Some("eve"), "/role")).await.is(403, "COR141"));
}
