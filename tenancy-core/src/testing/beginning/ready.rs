//! Places that stand ready: nobody's until a tenant claims one, and then nobody else's.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait;

use super::{FIRST, hooks::with_doorkeeper, names, seeded};
use crate::{
    Error, Tenancy, Tenant, TenantDdl, TenantStatus,
    migrate::Selection,
    registry::{Registry, ready::ReadyPlace},
    testing::{
        TestBackend, Written,
        cut::cut_after,
        runs::{COUNT, add_phone, base_with, count_customers},
        world::{SetUp, World, base, migrate, new_tenant, slug, with_broken, with_note},
    },
};

/// Whether places can be made ahead of time at all.
fn has_places(tenancy: &Tenancy) -> bool {
    tenancy.strategy().tenant_ddl() == TenantDdl::PerTenant
}

fn is_ready_made(tenant: &Tenant) -> bool {
    tenant.physical_name.as_str().starts_with("t_ready_")
}

/// The place that would be claimed next.
async fn next_place(tenancy: &Tenancy) -> ReadyPlace {
    let transaction = tenancy.registry().begin().await.unwrap();
    let place = Registry::hold_any(&transaction).await.unwrap().unwrap();
    transaction.rollback().await.unwrap();
    place
}

/// Places that stand ready are neither listed nor counted nor in the way of a run; so many are made
/// as are wanted, and none where all tenants lie in the same tables.
pub async fn ready_places_are_no_tenants(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    if !has_places(tenancy) {
        assert_eq!(tenancy.prepare_tenants(2).await.unwrap(), 0);
        assert_eq!(tenancy.ready_count().await.unwrap(), 0);
        return;
    }
    assert_eq!(tenancy.prepare_tenants(2).await.unwrap(), 2);
    assert_eq!(tenancy.prepare_tenants(2).await.unwrap(), 0);
    assert_eq!(tenancy.ready_count().await.unwrap(), 2);
    let registry = tenancy.registry();
    assert_eq!(registry.count().await.unwrap(), 2);
    assert_eq!(registry.list(&Default::default()).await.unwrap().len(), 2);
    assert!(registry.find_by_slug(&slug("ready")).await.unwrap().is_none());
    let place = next_place(tenancy).await;
    assert!(registry.find(place.id).await.unwrap().is_none());
    assert!(migrate(tenancy).await.run.is_none());
    let verification = tenancy.verify(&Selection::default(), 2).await.unwrap();
    assert!(verification.unsound.is_empty(), "{verification:?}");
    assert_eq!(tenancy.discard_ready_tenants().await.unwrap(), 2);
    assert_eq!(tenancy.ready_count().await.unwrap(), 0);
    let acme = names(tenancy, &world.acme).await;
    assert_eq!(acme, ["ann of acme", "bob of acme"]);
}

/// Of those who claim at the same time each gets a place of its own; when none is left, one is made.
pub async fn places_are_claimed_once(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    tenancy.prepare_tenants(3).await.unwrap();
    let new: Vec<_> = ["a1", "a2", "a3", "a4", "a5"].into_iter().map(new_tenant).collect();
    let created = join_all(new.iter().map(|new| tenancy.create_tenant(new))).await;
    let created: Vec<Tenant> = created.into_iter().map(Result::unwrap).collect();
    let distinct: BTreeSet<&str> =
        created.iter().map(|tenant| tenant.physical_name.as_str()).collect();
    assert_eq!(distinct.len(), 5);
    let ready_made = created.iter().filter(|tenant| is_ready_made(tenant)).count();
    assert_eq!(ready_made, if has_places(tenancy) { 3 } else { 0 });
    assert_eq!(tenancy.ready_count().await.unwrap(), 0);
    for (at, tenant) in created.iter().enumerate() {
        assert!(names(tenancy, tenant).await.is_empty(), "{at}");
        let connection = tenancy.connection(tenant).await.unwrap();
        let insert = "INSERT INTO customer (email, name) VALUES ('x@example.com', 'only')";
        connection.execute_unprepared(insert).await.unwrap();
    }
    for tenant in &created {
        assert_eq!(names(tenancy, tenant).await, ["only"]);
        let found = tenancy.registry().find_by_slug(&tenant.slug).await.unwrap().unwrap();
        assert_eq!((found.id, found.status), (tenant.id, TenantStatus::Active));
    }
    let verification = tenancy.verify(&Selection::default(), 2).await.unwrap();
    assert!(verification.unsound.is_empty(), "{verification:?}");
}

/// A place that lacks migrations gets them from a run, or when it is claimed.
pub async fn places_are_brought_forward(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    world.tenancy.prepare_tenants(2).await.unwrap();
    let next = world.again(with_note()).await;
    if !has_places(&next) {
        return;
    }
    let before = next_place(&next).await.digest;
    assert_eq!(next.ready_count().await.unwrap(), 2);
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    assert!(is_ready_made(&initech));
    migrate(&next).await;
    let place = next_place(&next).await;
    assert_ne!(place.digest, before);
    // An older release does not know what the place has had.
    assert_eq!(world.tenancy.ready_count().await.unwrap(), 0);
    let hooli = next.create_tenant(&new_tenant("hooli")).await.unwrap();
    assert_eq!(hooli.physical_name, place.name);
    for tenant in [&initech, &hooli] {
        let connection = next.connection(tenant).await.unwrap();
        connection.execute_unprepared("SELECT note FROM customer").await.unwrap();
    }
    let verification = next.verify(&Selection::default(), 2).await.unwrap();
    assert!(verification.unsound.is_empty(), "{verification:?}");
}

/// What works on rows is not done before it is known whose they are.
pub async fn what_works_on_rows_waits(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let greet = Written::new("m20260502_000001_greet", |schema| {
        schema.data("a customer by the tenant's name", |tenant| {
            Box::pin(async move {
                let name = tenant.tenant().slug.to_string();
                let insert = format!("INSERT INTO customer (email, name) VALUES ('x', '{name}')");
                tenant.execute_unprepared(&insert).await.map(drop)
            })
        });
        Ok(())
    });
    let sets =
        || with_doorkeeper(seeded(base_with([count_customers(), greet, add_phone()]), [FIRST]));
    let next = world.again(sets()).await;
    migrate(&next).await;
    next.prepare_tenants(1).await.unwrap();
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_eq!(is_ready_made(&initech), has_places(&next));
    assert_eq!(names(&next, &initech).await, ["initech", "first", "hello initech"]);
    assert_ne!(initech.migration_head.as_deref(), Some(COUNT));
    let verification = next.verify(&Selection::default(), 2).await.unwrap();
    assert!(verification.unsound.is_empty(), "{verification:?}");
}

/// A creation that fails leaves its place as it was, to be claimed by the next tenant.
pub async fn failed_creations_give_the_place_back(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_doorkeeper(seeded(base(), [FIRST]))).await;
    next.prepare_tenants(1).await.unwrap();
    let before = next.ready_count().await.unwrap();
    let refused = next.create_tenant(&new_tenant("nobody")).await;
    assert!(matches!(refused, Err(Error::HookFailed { .. })), "{refused:?}");
    let taken = next.create_tenant(&new_tenant("acme")).await;
    assert!(matches!(taken, Err(Error::Taken { what: "slug", .. })), "{taken:?}");
    assert_eq!(next.ready_count().await.unwrap(), before);
    assert!(next.registry().find_by_slug(&slug("nobody")).await.unwrap().is_none());
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_eq!(names(&next, &initech).await, ["first", "hello initech"]);
    assert_eq!(next.ready_count().await.unwrap(), 0);
}

/// A place that went away is in nobody's way.
pub async fn lost_places_are_given_up(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    if !has_places(tenancy) {
        return;
    }
    tenancy.prepare_tenants(1).await.unwrap();
    let place = next_place(tenancy).await;
    let lost = Tenant { physical_name: place.name.clone(), ..world.acme.clone() };
    let tables = tenancy.tenant_set().tables();
    tenancy.strategy().deprovision(tenancy.databases(), &lost, tables).await.unwrap();
    let initech = tenancy.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_ne!(initech.physical_name, place.name);
    assert_eq!(tenancy.ready_count().await.unwrap(), 0);
    assert!(names(tenancy, &initech).await.is_empty());
}

/// A place of which only a part could be made is not offered.
pub async fn places_that_fail_are_not_offered(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_broken()).await;
    if !has_places(&next) {
        return;
    }
    let failed = next.prepare_tenants(1).await;
    assert!(matches!(failed, Err(Error::MigrationFailed { .. })), "{failed:?}");
    assert_eq!(next.ready_count().await.unwrap(), 0);
    // One that cannot be brought forward is discarded.
    world.tenancy.prepare_tenants(1).await.unwrap();
    assert_eq!(next.ready_count().await.unwrap(), 1);
    assert!(next.prepare_tenants(1).await.is_err());
    assert_eq!(next.ready_count().await.unwrap(), 0);
    assert_eq!(next.registry().count().await.unwrap(), 2);
}

/// Where the place does not lie beside the registry, a creation that was cut off after its claim is
/// finished in the place that it has claimed.
pub async fn claims_that_were_cut_off_are_finished(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_doorkeeper(seeded(base(), [FIRST]))).await;
    if next.strategy().shares_registry(next.dialect()) {
        return;
    }
    next.prepare_tenants(1).await.unwrap();
    let place = next_place(&next).await;
    let new = new_tenant("initech");
    let status = TenantStatus::Provisioning;
    let tenant = new.tenant_in(place.name.clone(), place.id, status).unwrap();
    let transaction = next.registry().begin().await.unwrap();
    Registry::set_claimed(&transaction, &place, true).await.unwrap();
    for insert in new.rows_in_place(&tenant) {
        transaction.execute(&insert).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(next.ready_count().await.unwrap(), 0);
    assert_eq!(next.discard_ready_tenants().await.unwrap(), 0);
    for _ in 0..2 {
        let finished = next.finish_tenant(&slug("initech")).await.unwrap();
        assert_eq!((finished.id, finished.status), (place.id, TenantStatus::Active));
        assert_eq!(names(&next, &finished).await, ["first", "hello initech"]);
    }
    assert!(next.registry().claimed_by(place.id).await.unwrap().is_none());
}

/// Whatever a preparation or a creation had done when it was cut off: a place that is offered is
/// whole, and a tenant is there with all that it begins with, or can be finished, or is not there.
pub async fn what_was_cut_off_is_never_half(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_doorkeeper(seeded(base(), [FIRST]))).await;
    let mut polls = 1;
    while cut_after(polls, next.prepare_tenants(3)).await.is_none() {
        polls += 4;
    }
    let mut created = 0;
    for at in 0..8 {
        let new = new_tenant(&format!("cut-{at}"));
        cut_after(3 + 4 * at, next.create_tenant(&new)).await;
        let tenant = match next.registry().find_by_slug(&new.slug).await.unwrap() {
            Some(_) => next.finish_tenant(&new.slug).await.unwrap(),
            None => next.create_tenant(&new).await.unwrap(),
        };
        created += 1;
        assert_eq!(names(&next, &tenant).await, ["first".to_owned(), format!("hello cut-{at}")]);
    }
    for at in 0..next.ready_count().await.unwrap() {
        let tenant = next.create_tenant(&new_tenant(&format!("rest-{at}"))).await.unwrap();
        assert_eq!(names(&next, &tenant).await, ["first".to_owned(), format!("hello rest-{at}")]);
        created += 1;
    }
    assert_eq!(next.registry().count().await.unwrap(), created + 2);
    let verification = next.verify(&Selection::default(), 2).await.unwrap();
    assert!(verification.unsound.is_empty(), "{verification:?}");
}
