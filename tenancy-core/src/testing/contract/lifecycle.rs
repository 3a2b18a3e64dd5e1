//! Clauses on the life of a tenant's place.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait, TransactionTrait};

use crate::{
    Error, TenantDdl, TenantStatus,
    registry::{NewTenant, TenantChange},
    testing::{
        TestBackend, TestDatabase,
        world::{self, SetUp, World, base, customer, new_tenant, rows, slug},
    },
};

/// Clause 11: a tenant whose place cannot be made is not there at all, and can be created later.
pub async fn provisioning_is_all_or_nothing(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let broken = world.again(world::with_broken()).await;
    let outcome = broken.create_tenant(&new_tenant("initech")).await;
    let created = if broken.strategy().tenant_ddl() == TenantDdl::PerTenant {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::MigrationFailed { .. }), "{error:?}");
        let unknown = world.tenancy.registry().find_by_slug(&slug("initech")).await.unwrap();
        assert_eq!(unknown, None);
        world.tenancy.create_tenant(&new_tenant("initech")).await.unwrap()
    } else {
        outcome.unwrap()
    };
    let initech = world.tenancy.registry().tenant(&slug("initech")).await.unwrap();
    assert_eq!(initech, created, "what was returned is what is there");
    assert_eq!(initech.status, TenantStatus::Active);
    let twice = world.tenancy.create_tenant(&new_tenant("initech")).await;
    assert!(matches!(twice, Err(Error::Taken { .. })));
    let acme = world.connection(&world.acme).await;
    assert_eq!(rows(&acme).await.0.len(), 2);
}

/// Clause 12: of those who create one tenant at the same time one does, and what is there stays.
pub async fn places_are_never_taken_over(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let new = new_tenant("initech");
    let outcomes = join_all((0..4).map(|_| world.tenancy.create_tenant(&new))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for lost in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(lost, Error::Taken { .. }), "{lost:?}");
    }
    let initech = world.tenancy.registry().tenant(&slug("initech")).await.unwrap();
    assert!(rows(&world.connection(&initech).await).await.0.is_empty());
    assert_eq!(rows(&world.connection(&world.acme).await).await.0.len(), 2);
}

/// Clause 16: a handle ends with the service of its tenant, also one that is open.
pub async fn handles_end_with_service(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let open = world.connection(&world.acme).await;
    world.tenancy.suspend(&slug("acme")).await.unwrap();
    let error = customer::Entity::find().all(&open).await.unwrap_err();
    assert!(matches!(Error::from_db_err(&error), Some(Error::NotServed { .. })), "{error:?}");
    let error = open.execute_unprepared("DELETE FROM customer").await.unwrap_err();
    assert!(matches!(Error::from_db_err(&error), Some(Error::NotServed { .. })), "{error:?}");
    let error = open.begin().await.unwrap_err();
    assert!(matches!(Error::from_db_err(&error), Some(Error::NotServed { .. })), "{error:?}");
    let stale = world.tenancy.connection(&world.acme).await;
    assert!(matches!(stale, Err(Error::NotServed { .. })), "{stale:?}");
    let resumed = world.tenancy.resume(&slug("acme")).await.unwrap();
    assert_eq!(rows(&world.connection(&resumed).await).await.0.len(), 2);
    world.tenancy.archive(&slug("acme")).await.unwrap();
    let restored = world.tenancy.resume(&slug("acme")).await.unwrap();
    let error = customer::Entity::find().all(&open).await.unwrap_err();
    assert!(matches!(Error::from_db_err(&error), Some(Error::StaleHandle { .. })), "{error:?}");
    assert_eq!(rows(&world.connection(&restored).await).await.0.len(), 2);
    another_process_suspends_and_resumes(&world).await;
    a_successor_is_not_reached(&world).await;
    assert_eq!(rows(&world.connection(&world.globex).await).await.0.len(), 2);
}

/// What another process does is seen with the next look into the registry, by open handles too.
async fn another_process_suspends_and_resumes(world: &World) {
    let other = world.again(base()).await;
    let read = async || world.tenancy.registry().tenant(&slug("acme")).await.unwrap();
    let open = world.connection(&read().await).await;
    other.suspend(&slug("acme")).await.unwrap();
    let refused = world.tenancy.connection(&read().await).await;
    assert!(matches!(refused, Err(Error::NotServed { .. })), "{refused:?}");
    other.resume(&slug("acme")).await.unwrap();
    assert_eq!(rows(&world.connection(&read().await).await).await.0.len(), 2);
    other.archive(&slug("acme")).await.unwrap();
    other.resume(&slug("acme")).await.unwrap();
    assert_eq!(rows(&world.connection(&read().await).await).await.0.len(), 2);
    let error = customer::Entity::find().all(&open).await.unwrap_err();
    assert!(matches!(Error::from_db_err(&error), Some(Error::StaleHandle { .. })), "{error:?}");
}

/// A tenant that takes over the slug of another is out of reach for the other's handles, and a
/// deleted one is out of reach for all.
async fn a_successor_is_not_reached(world: &World) {
    let registry = world.tenancy.registry();
    let acme = registry.tenant(&slug("acme")).await.unwrap();
    let open = world.connection(&acme).await;
    let change = TenantChange { slug: Some(slug("apex")), ..TenantChange::default() };
    registry.update(acme.id, change).await.unwrap();
    let new = NewTenant::new(slug("acme"), "Acme").with_domain("a.example.com".parse().unwrap());
    let successor = world.tenancy.create_tenant(&new).await.unwrap();
    assert_ne!(successor.physical_name, acme.physical_name);
    assert!(rows(&world.connection(&successor).await).await.0.is_empty());
    assert_eq!(rows(&open).await.0.len(), 2);
    let deleted = registry.set_status(acme.id, TenantStatus::Deleted).await.unwrap();
    let refused = world.tenancy.connection(&deleted).await;
    assert!(matches!(refused, Err(Error::NotServed { .. })), "{refused:?}");
}

/// Clause 17: a database that one strategy has initialised is refused under any other name.
pub async fn one_strategy_owns_a_database(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let tenancy = world::connect(set_up, &database, base()).await.unwrap();
    let not_yet = tenancy.create_tenant(&new_tenant("acme")).await;
    assert!(matches!(not_yet, Err(Error::NotInitialised)), "{not_yet:?}");
    world::migrate(&tenancy).await;
    world::connect(set_up, &database, base()).await.unwrap();
    let other = tenancy.registry().marker("another-strategy").await;
    assert!(matches!(other, Err(Error::OtherStrategy { .. })), "{other:?}");
}

/// Clause 18: removing the place of a tenant removes nothing of another.
pub async fn deprovisioning_takes_one_tenant(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let globex = world.connection(&world.globex).await;
    let before = rows(&globex).await;
    let strategy = world.tenancy.strategy();
    let tables = world.tenancy.tenant_set().tables();
    strategy.deprovision(world.tenancy.databases(), &world.acme, tables).await.unwrap();
    assert_eq!(rows(&globex).await, before);
    let gone = match world.tenancy.connection(&world.acme).await {
        Ok(acme) => customer::Entity::find().all(&acme).await.map_err(Error::database("reading")),
        Err(error) => Err(error),
    };
    assert!(gone.is_err() || gone.is_ok_and(|rows| rows.is_empty()));
}
