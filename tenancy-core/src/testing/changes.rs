//! Changes of the registry, seen by another process: two applications over one database.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use super::{
    TestBackend, TestDatabase,
    wire::Wire,
    world::{SetUp, World, base, customer, migrate, new_tenant, slug},
};
use crate::{
    DomainName, Error, RegistryChanges, Role, Tenancy, TenantConnection, TenantLookup,
    TenantStatus, metrics::Metrics, registry::TenantChange,
};

/// How long a test waits for what must come before it fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits, from one change to the next, until something is so.
async fn until(changes: &mut RegistryChanges, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            assert!(changes.changed().await, "the application has ended");
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it never became so");
}

async fn watched(tenancy: &Tenancy) -> RegistryChanges {
    let mut changes = tenancy.registry_changes();
    let watching = tokio::time::timeout(PATIENCE, changes.watched()).await;
    assert!(watching.expect("nobody tells of changes"));
    changes
}

async fn read(handle: &TenantConnection) -> Result<usize, DbErr> {
    customer::Entity::find().all(handle).await.map(|rows| rows.len())
}

/// The error of ours that a handle is refused with.
async fn refusal(handle: &TenantConnection) -> Option<Error> {
    Error::from_db_err(&read(handle).await.err()?).cloned()
}

fn domain(name: &str) -> DomainName {
    name.parse().unwrap()
}

/// A tenant that one process takes out of service is refused by every other one, also through handles
/// that were opened before; its neighbour is not.
pub async fn handles_end_with_the_service_in_every_process(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let other = world.again(base()).await;
    let acme = other.connection(&world.acme).await.unwrap();
    let globex = other.connection(&world.globex).await.unwrap();
    let mut changes = watched(&other).await;
    assert_eq!(read(&acme).await.unwrap(), 2);

    world.tenancy.suspend(&world.acme.slug).await.unwrap();
    until(&mut changes, async || refusal(&acme).await.is_some()).await;
    let suspended = refusal(&acme).await.unwrap();
    assert!(
        matches!(suspended, Error::NotServed { status: TenantStatus::Suspended, .. }),
        "{suspended:?}"
    );
    assert_eq!(read(&globex).await.unwrap(), 2);

    world.tenancy.resume(&world.acme.slug).await.unwrap();
    until(&mut changes, async || read(&acme).await.is_ok()).await;

    // By hand, without the time of the change.
    let raw = world.raw().await;
    let by_hand = "UPDATE tenants_tenant SET status = 'suspended' WHERE slug = 'acme'";
    raw.execute_unprepared(by_hand).await.unwrap();
    until(&mut changes, async || refusal(&acme).await.is_some()).await;
    raw.execute_unprepared(&by_hand.replace("suspended", "active")).await.unwrap();
    until(&mut changes, async || read(&acme).await.is_ok()).await;

    // What leaves for long ends the handle for ever.
    world.tenancy.archive(&world.acme.slug).await.unwrap();
    until(&mut changes, async || refusal(&acme).await.is_some()).await;
    world.tenancy.resume(&world.acme.slug).await.unwrap();
    let lookup = other.lookup();
    until(&mut changes, async || {
        lookup.by_slug(&slug("acme")).await.unwrap().unwrap().status == TenantStatus::Active
    })
    .await;
    assert!(matches!(refusal(&acme).await, Some(Error::StaleHandle { .. })));

    raw.execute_unprepared("DELETE FROM tenants_domain").await.unwrap();
    world.tenancy.delete_tenant(&world.globex.slug).await.unwrap();
    until(&mut changes, async || refusal(&globex).await.is_some()).await;
}

/// Many tenants that one statement takes out of service are refused by every other process, which is told
/// of all of them at once. PostgreSQL only: elsewhere every change is told so.
pub async fn a_change_of_many_is_seen(set_up: SetUp) {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let other = world.again(base()).await;
    let acme = other.connection(&world.acme).await.unwrap();
    let globex = other.connection(&world.globex).await.unwrap();
    let mut changes = watched(&other).await;
    let lookup = other.lookup();
    lookup.by_slug(&slug("acme")).await.unwrap().unwrap();
    let raw = world.raw().await;
    // More than are told of by their names; they are of no other use.
    raw.execute_unprepared(
        "INSERT INTO tenants_physical_name SELECT n.name || '_' || g, gen_random_uuid(), n.made_at \
         FROM tenants_tenant t JOIN tenants_physical_name n ON n.name = t.physical_name, \
         generate_series(1, 150) g WHERE t.slug = 'globex'; \
         INSERT INTO tenants_tenant SELECT (jsonb_populate_record(t, jsonb_build_object(\
         'id', n.tenant_id, 'slug', replace(n.name, '_', '-'), 'physical_name', n.name))).* \
         FROM tenants_tenant t JOIN tenants_physical_name n ON n.name LIKE t.physical_name || '\\_%' \
         WHERE t.slug = 'globex'",
    )
    .await
    .unwrap();
    let by_hand = "UPDATE tenants_tenant SET status = 'suspended'";
    raw.execute_unprepared(by_hand).await.unwrap();
    for handle in [&acme, &globex] {
        until(&mut changes, async || refusal(handle).await.is_some()).await;
    }
    until(&mut changes, async || {
        let acme = lookup.by_slug(&slug("acme")).await.unwrap().unwrap();
        acme.status == TenantStatus::Suspended
    })
    .await;
    // One that takes another name is told of by both.
    lookup.by_slug(&slug("acme-next")).await.unwrap();
    raw.execute_unprepared("UPDATE tenants_tenant SET slug = 'acme-next' WHERE slug = 'acme'")
        .await
        .unwrap();
    until(&mut changes, async || {
        let now = [slug("acme"), slug("acme-next")]
            .map(|name| async move { lookup.by_slug(&name).await.unwrap().is_some() });
        join_all(now).await == [false, true]
    })
    .await;
}

/// Where a table does not tell of everything, nothing is remembered, and how tenants stand is looked at.
/// PostgreSQL only: elsewhere somebody looks anyway.
pub async fn what_is_not_told_is_looked_at(set_up: SetUp) {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    raw.execute_unprepared("DROP TRIGGER tenants_tenant_updated ON tenants_tenant").await.unwrap();
    let other = world.again(base()).await;
    let acme = other.connection(&world.acme).await.unwrap();
    let lookup = other.lookup();
    lookup.by_slug(&slug("acme")).await.unwrap().unwrap();
    raw.execute_unprepared("UPDATE tenants_tenant SET status = 'suspended'").await.unwrap();
    // Nobody tells when it was looked: each statement is asked for until one is refused.
    let refused = async { while refusal(&acme).await.is_none() {} };
    tokio::time::timeout(PATIENCE, refused).await.expect("nobody looks");
    let acme = lookup.by_slug(&slug("acme")).await.unwrap().unwrap();
    assert_eq!(acme.status, TenantStatus::Suspended);
    assert_eq!(lookup.usage().unwrap().found, 0);
}

/// A tenant as it was when somebody read it opens no handle after it has left service, however long ago
/// it was read, and whether or not there is another handle.
pub async fn a_tenant_that_was_kept_opens_nothing(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let other = world.again(base()).await;
    let kept = other.registry().tenant(&world.acme.slug).await.unwrap();
    let mut changes = watched(&other).await;
    other.lookup().by_id(kept.id).await.unwrap();
    world.tenancy.suspend(&kept.slug).await.unwrap();
    let refused = world.tenancy.connection(&kept).await.unwrap_err();
    assert!(matches!(refused, Error::NotServed { .. }), "{refused:?}");
    until(&mut changes, async || {
        matches!(other.connection(&kept).await, Err(Error::NotServed { .. }))
    })
    .await;
    world.tenancy.resume(&kept.slug).await.unwrap();
    until(&mut changes, async || other.connection(&kept).await.is_ok()).await;
    world.tenancy.archive(&kept.slug).await.unwrap();
    world.tenancy.resume(&kept.slug).await.unwrap();
    until(&mut changes, async || {
        matches!(other.connection(&kept).await, Err(Error::StaleHandle { .. }))
    })
    .await;
    // Also while what has become of the tenant is remembered.
    until(&mut changes, async || {
        other.lookup().by_id(kept.id).await.unwrap();
        other.lookup().remembered(kept.id).is_some_and(|(now, _)| now.generation > kept.generation)
    })
    .await;
    let refused = other.connection(&kept).await.unwrap_err();
    assert!(matches!(refused, Error::StaleHandle { .. }), "{refused:?}");
}

/// What a process remembers, and that it remembers nothing, ends with the change of another process.
pub async fn what_is_remembered_follows_every_process(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let other = world.again(base()).await;
    let mut changes = watched(&other).await;
    let lookup = other.lookup().clone();
    let (registry, acme) = (world.tenancy.registry(), world.acme.id);
    let found = async |name: &str| lookup.by_domain(&domain(name)).await.unwrap().map(|t| t.slug);

    // Absent, then there, then absent.
    assert_eq!(found("new.example.com").await, None);
    registry.add_domain(acme, &domain("new.example.com")).await.unwrap();
    until(&mut changes, async || found("new.example.com").await == Some(slug("acme"))).await;
    let primary = async || lookup.primary_domain(acme).await.unwrap();
    assert_eq!(primary().await, Some(domain("acme.example.com")));
    registry.set_primary_domain(acme, &domain("new.example.com")).await.unwrap();
    until(&mut changes, async || primary().await == Some(domain("new.example.com"))).await;
    registry.remove_domain(acme, &domain("new.example.com")).await.unwrap();
    until(&mut changes, async || found("new.example.com").await.is_none()).await;
    // It may be another's then.
    registry.add_domain(world.globex.id, &domain("new.example.com")).await.unwrap();
    until(&mut changes, async || found("new.example.com").await == Some(slug("globex"))).await;

    // A new slug is the tenant's, and the old one nobody's.
    let by_slug = async |name| lookup.by_slug(&slug(name)).await.unwrap().map(|tenant| tenant.id);
    assert_eq!(by_slug("acme").await, Some(acme));
    assert_eq!(by_slug("acme-2").await, None);
    let change = TenantChange { slug: Some(slug("acme-2")), ..TenantChange::default() };
    registry.update(acme, change).await.unwrap();
    until(&mut changes, async || by_slug("acme-2").await == Some(acme)).await;
    assert_eq!(by_slug("acme").await, None);
    assert_eq!(found("acme.example.com").await, Some(slug("acme-2")));

    // A new tenant, and a new member.
    assert_eq!(by_slug("initech").await, None);
    assert_eq!(found("initech.example.com").await, None);
    world.tenancy.create_tenant(&new_tenant("initech")).await.unwrap();
    until(&mut changes, async || by_slug("initech").await.is_some()).await;
    until(&mut changes, async || found("initech.example.com").await.is_some()).await;
    let role = async || lookup.member(acme, "ann").await.unwrap().map(|member| member.role);
    assert_eq!(role().await, None);
    registry.add_member(acme, "ann", Role::User).await.unwrap();
    until(&mut changes, async || role().await == Some(Role::User)).await;
    registry.set_role(acme, "ann", Role::Admin).await.unwrap();
    until(&mut changes, async || role().await == Some(Role::Admin)).await;
    registry.remove_member(acme, "ann").await.unwrap();
    until(&mut changes, async || role().await.is_none()).await;
}

/// What a process changes itself it knows at once, with nothing to wait for.
pub async fn own_changes_are_known_at_once(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    watched(tenancy).await;
    let (lookup, registry) = (tenancy.lookup(), tenancy.registry());
    let status = async || lookup.by_slug(&slug("acme")).await.unwrap().unwrap().status;
    for _ in 0..20 {
        assert_eq!(status().await, TenantStatus::Active);
        tenancy.suspend(&slug("acme")).await.unwrap();
        assert_eq!(status().await, TenantStatus::Suspended);
        tenancy.resume(&slug("acme")).await.unwrap();
    }
    let name = domain("new.example.com");
    for _ in 0..20 {
        assert_eq!(lookup.by_domain(&name).await.unwrap(), None);
        registry.add_domain(world.acme.id, &name).await.unwrap();
        assert!(lookup.by_domain(&name).await.unwrap().is_some());
        registry.remove_domain(world.acme.id, &name).await.unwrap();
    }
    assert_eq!(lookup.by_slug(&slug("initech")).await.unwrap(), None);
    tenancy.create_tenant(&new_tenant("initech")).await.unwrap();
    assert!(lookup.by_slug(&slug("initech")).await.unwrap().is_some());
}

#[derive(Debug, Default)]
struct Lookups {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Metrics for Lookups {
    fn looked_up(&self, is_hit: bool) {
        let counter = if is_hit { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::SeqCst);
    }
}

/// Who asks for ever new hosts fills a bounded room of its own, and pushes no tenant out. The set-up has
/// `resolve.cache_size = 100`.
pub async fn hosts_that_are_nobodys_push_no_tenant_out(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    watched(tenancy).await;
    let counts = Arc::new(Lookups::default());
    assert!(tenancy.observe(counts.clone()));
    assert!(!tenancy.observe(counts.clone()), "one counts");
    let lookup = TenantLookup::from(tenancy);
    lookup.by_domain(&domain("acme.example.com")).await.unwrap().unwrap();
    for at in 0..1_000 {
        let name = domain(&format!("hostile-{at}.example.com"));
        assert_eq!(lookup.by_domain(&name).await.unwrap(), None);
    }
    let usage = lookup.usage().unwrap();
    assert!(usage.absent <= 100 && usage.found <= 100, "{usage:?}");
    assert_eq!(counts.misses.load(Ordering::SeqCst), 1_001);
    assert_eq!(counts.hits.load(Ordering::SeqCst), 0);
    lookup.by_domain(&domain("acme.example.com")).await.unwrap().unwrap();
    lookup.by_domain(&domain("hostile-999.example.com")).await.unwrap();
    assert_eq!(counts.hits.load(Ordering::SeqCst), 2);
}

/// What is remembered costs no statement, and many who ask at once cost one. PostgreSQL only: there it
/// can be counted.
pub async fn what_is_remembered_costs_nothing(set_up: SetUp) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let setup = set_up(wire.url(), None);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap();
    migrate(&tenancy).await;
    let acme = tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
    watched(&tenancy).await;
    let lookup = tenancy.lookup();
    let (known, unknown) = (domain("acme.example.com"), domain("initech.example.com"));

    let before = wire.statements();
    let asked = join_all((0..50).map(|_| lookup.by_domain(&known))).await;
    assert!(asked.into_iter().all(|found| found.unwrap().is_some()));
    let asked = join_all((0..50).map(|_| lookup.by_domain(&unknown))).await;
    assert!(asked.into_iter().all(|found| found.unwrap().is_none()));
    assert_eq!(wire.statements() - before, 2, "those who ask at once wait for one answer");

    lookup.by_id(acme.id).await.unwrap();
    lookup.member(acme.id, "ann").await.unwrap();
    lookup.primary_domain(acme.id).await.unwrap();
    let before = wire.bytes_sent();
    for _ in 0..20 {
        let acme = lookup.by_domain(&known).await.unwrap().unwrap();
        lookup.by_id(acme.id).await.unwrap().unwrap();
        assert_eq!(lookup.by_domain(&unknown).await.unwrap(), None);
        assert_eq!(lookup.member(acme.id, "ann").await.unwrap(), None);
        assert_eq!(lookup.primary_domain(acme.id).await.unwrap().as_ref(), Some(&known));
        tenancy.connection(&acme).await.unwrap();
    }
    assert_eq!(wire.bytes_sent(), before);
    tenancy.registry().find(acme.id).await.unwrap();
    assert!(wire.bytes_sent() > before, "the counter does not count");
}

/// A process that is told nothing remembers nothing, and learns what it has missed. PostgreSQL only: on
/// SQLite there is nothing to lose.
pub async fn a_lost_connection_forgets(set_up: SetUp) {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let other = world.again(base()).await;
    let acme = other.connection(&world.acme).await.unwrap();
    let mut changes = watched(&other).await;
    let lookup = other.lookup();
    lookup.by_slug(&slug("acme")).await.unwrap().unwrap();
    let raw = world.raw().await;
    // In one transaction with the change, so that nobody is told of it.
    raw.execute_unprepared(
        "DO $$ BEGIN \
         PERFORM pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'tenancy-watch' AND datname = current_database(); \
         UPDATE tenants_tenant SET status = 'suspended' WHERE slug = 'acme'; END $$",
    )
    .await
    .unwrap();
    assert!(tokio::time::timeout(PATIENCE, changes.lost()).await.expect("it is not noticed"));
    let status = lookup.by_slug(&slug("acme")).await.unwrap().unwrap().status;
    assert_eq!(status, TenantStatus::Suspended);
    watched(&other).await;
    let refused = refusal(&acme).await;
    assert!(matches!(refused, Some(Error::NotServed { .. })), "{refused:?}");
}

/// A tenant's dedicated pool ends with its service, whichever process takes it out. PostgreSQL only, for a
/// strategy that has such pools.
pub async fn dedicated_pools_end_with_the_service(set_up: SetUp) {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let other = world.again(base()).await;
    let acme = other.dedicated(&world.acme).await.unwrap();
    let globex = other.dedicated(&world.globex).await.unwrap();
    let mut changes = watched(&other).await;
    acme.execute_unprepared("SELECT 1 FROM customer").await.unwrap();
    world.tenancy.suspend(&world.acme.slug).await.unwrap();
    until(&mut changes, async || acme.execute_unprepared("SELECT 1 FROM customer").await.is_err())
        .await;
    globex.execute_unprepared("SELECT 1 FROM customer").await.unwrap();
}
