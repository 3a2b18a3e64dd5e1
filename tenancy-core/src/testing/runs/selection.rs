//! Runs for some tenants, plans, and what is noted without being run.

use sea_orm::{ConnectionTrait, Statement};

use super::{COUNT, PHONE, add_phone, base_with, count_customers};
use crate::{
    Error, MigrateOptions, TenantDdl,
    migrate::{Canary, Outcome, Selection, StopSignal},
    testing::{
        TestBackend,
        world::{SetUp, World, migrate, slug},
    },
};

use crate::registry::schema::TABLES;

/// Everything that the registry holds, to see whether something was written.
async fn contents(world: &World) -> Vec<String> {
    let raw = world.raw().await;
    let mut contents = Vec::new();
    let tables = crate::introspect::tables(&raw).await.unwrap();
    for table in tables.iter().filter(|name| TABLES.contains(&name.as_str())) {
        let select = Statement::from_string(
            raw.get_database_backend(),
            format!("SELECT count(*) AS n FROM {table}"),
        );
        let row = raw.query_one_raw(select).await.unwrap().unwrap();
        let count: i64 = row.try_get("", "n").unwrap();
        contents.push(format!("{table} {count}"));
    }
    contents
}

/// A plan tells what a run would do, and does nothing.
pub async fn a_plan_writes_nothing(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers(), add_phone()])).await;
    let before = contents(&world).await;
    let plan = next.migration_plan(&Selection::default()).await.unwrap();
    assert_eq!(contents(&world).await, before);
    let tenants: Vec<(&str, Vec<&str>)> = plan
        .tenants
        .iter()
        .map(|plan| (plan.tenant.as_str(), plan.pending.iter().map(String::as_str).collect()))
        .collect();
    match next.strategy().tenant_ddl() {
        TenantDdl::Once => {
            assert_eq!(plan.shared, [COUNT, PHONE]);
            assert_eq!(tenants, [("acme", vec![COUNT]), ("globex", vec![COUNT])]);
        }
        TenantDdl::PerTenant => {
            assert!(plan.shared.is_empty(), "{plan:?}");
            let both = vec![COUNT, PHONE];
            assert_eq!(tenants, [("acme", both.clone()), ("globex", both)]);
        }
    }
    migrate(&next).await;
    assert!(next.migration_plan(&Selection::default()).await.unwrap().is_empty());
}

/// A canary is for the first tenants, and the run waits to be gone on with.
pub async fn canaries_go_first(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers()])).await;
    let mut options = MigrateOptions::default();
    options.selection.canary = Some(Canary::Count(1));
    let ran = next.migrate(&options, |_| {}).await;
    if next.strategy().tenant_ddl() == TenantDdl::Once {
        assert!(matches!(ran, Err(Error::SelectionTooSmall { .. })), "{ran:?}");
        return;
    }
    let canary = ran.unwrap();
    let tenants: Vec<&str> = canary.tenants.iter().map(|of| of.tenant.as_str()).collect();
    assert_eq!(tenants, ["acme"]);
    let options = MigrateOptions::default();
    let rest = next.resume_migration(canary.run, &options, |_| {}).await.unwrap();
    let tenants: Vec<&str> = rest.tenants.iter().map(|of| of.tenant.as_str()).collect();
    assert_eq!((rest.run, tenants), (canary.run, vec!["globex"]));
    assert!(next.migration_runs(1).await.unwrap()[0].finished_at.is_some());
}

/// A run that is stopped finishes what is in flight; the rest is gone on with.
pub async fn a_run_that_is_stopped_is_gone_on_with(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers()])).await;
    let stop = StopSignal::default();
    let options = MigrateOptions { jobs: 1, stop: stop.clone(), ..MigrateOptions::default() };
    let stopped = next.migrate(&options, |_| stop.stop()).await.unwrap();
    let words: Vec<&str> = stopped.tenants.iter().map(|of| of.outcome.word()).collect();
    assert_eq!(words, ["migrated", "skipped"]);
    assert!(!stopped.is_complete());
    let options = MigrateOptions::default();
    let rest = next.resume_migration(None, &options, |_| {}).await.unwrap();
    assert_eq!((rest.run, rest.tenants.len()), (stopped.run, 1), "{rest:?}");
    assert!(migrate(&next).await.run.is_none());
}

/// What is noted as applied is not run, and the other way round.
pub async fn noted_migrations_are_not_run(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers(), add_phone()])).await;
    let options = MigrateOptions::default();
    let faked = next.fake(None, &options, |_| {}).await.unwrap();
    assert_eq!(faked.failures().count(), 0, "{faked:?}");
    let acme = next.registry().tenant(&slug("acme")).await.unwrap();
    assert_eq!(acme.migration_head.as_deref(), Some(PHONE));
    let connection = next.connection(&acme).await.unwrap();
    assert!(connection.execute_unprepared("SELECT phone FROM customer").await.is_err());
    let back = next.fake(Some("m20260103_000001_create_invoices"), &options, |_| {}).await;
    assert_eq!(back.unwrap().failures().count(), 0);
    migrate(&next).await;
    let acme = next.registry().tenant(&slug("acme")).await.unwrap();
    let connection = next.connection(&acme).await.unwrap();
    assert!(connection.execute_unprepared("SELECT phone FROM customer").await.is_ok());
    let unknown = next.fake(Some("m20200101_000001_no"), &options, |_| {}).await;
    assert!(matches!(unknown, Err(Error::NoSuchMigration { .. })), "{unknown:?}");
}

/// A slug that nobody has is an error, not an empty run; patterns leave out and take in.
pub async fn unknown_tenants_are_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers()])).await;
    let mut options = MigrateOptions::default();
    options.selection.tenants = vec!["nobody".to_owned()];
    let unknown = next.migrate(&options, |_| {}).await;
    assert!(matches!(unknown, Err(Error::UnknownTenant { .. })), "{unknown:?}");
    options.selection = Selection { exclude: vec!["glob*".to_owned()], ..Selection::default() };
    let ran = next.migrate(&options, |_| {}).await;
    match next.strategy().tenant_ddl() {
        TenantDdl::Once => assert!(matches!(ran, Err(Error::SelectionTooSmall { .. })), "{ran:?}"),
        TenantDdl::PerTenant => {
            let ran = ran.unwrap();
            assert_eq!(ran.tenants.len(), 1, "{ran:?}");
            assert!(matches!(ran.tenants[0].outcome, Outcome::Migrated { .. }), "{ran:?}");
            let globex = next.registry().tenant(&slug("globex")).await.unwrap();
            assert_ne!(globex.migration_head.as_deref(), Some(COUNT));
        }
    }
}
