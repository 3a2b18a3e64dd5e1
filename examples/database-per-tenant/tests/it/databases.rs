//! What is the strategy's own: tenants' databases, and the shared tables in them.

use database_per_tenant::DatabasePerTenant;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tenancy_core::{
    Error,
    config::Config,
    testing::{TestBackend, world, world::World},
};

use crate::contract::set_up;

async fn text(connection: &impl ConnectionTrait, sql: &str) -> Option<String> {
    let ask = Statement::from_string(DbBackend::Postgres, sql);
    let row = connection.query_one_raw(ask).await.unwrap();
    row.map(|row| row.try_get_by_index(0).unwrap())
}

async fn database_of(world: &World, name: &str) -> Option<String> {
    let sql = format!("SELECT datname::text FROM pg_database WHERE datname = '{name}'");
    text(&world.raw().await, &sql).await
}

#[tokio::test]
async fn each_tenant_has_a_database() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    for tenant in [&world.acme, &world.globex] {
        let name = tenant.physical_name.as_str();
        assert_eq!(database_of(&world, name).await.as_deref(), Some(name));
    }
    // Nothing of a tenant lies in the registry's database.
    let sql = "SELECT relname::text FROM pg_class WHERE relname = 'customer'";
    assert_eq!(text(&world.raw().await, sql).await, None);
}

#[tokio::test]
async fn what_was_cut_off_is_made_anew() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let broken = world.again(world::with_broken()).await;
    broken.create_tenant(&world::new_tenant("initech")).await.unwrap_err();
    let initech = world.tenancy.create_tenant(&world::new_tenant("initech")).await.unwrap();
    assert!(world::rows(&world.connection(&initech).await).await.0.is_empty());
    let orphans = world.tenancy.orphans().await.unwrap();
    assert!(orphans.is_empty(), "{orphans:?}");
}

#[tokio::test]
async fn databases_of_others_are_no_orphans() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let other = World::create(TestBackend::Postgres, set_up).await;
    let orphans = other.tenancy.orphans().await.unwrap();
    assert!(orphans.is_empty(), "{orphans:?}");
    // One of ours that nobody is listed for is found.
    let forget = "DELETE FROM tenants_domain; DELETE FROM tenants_tenant WHERE slug = 'acme'";
    other.raw().await.execute_unprepared(forget).await.unwrap();
    let orphans = other.tenancy.orphans().await.unwrap();
    assert_eq!(orphans.len(), 1, "{orphans:?}");
    assert!(!orphans.iter().any(|orphan| orphan == &world.acme.physical_name));
}

#[tokio::test]
async fn shared_tables_that_somebody_changed_are_seen_at_the_next_start() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let alter = "ALTER TABLE currency ADD COLUMN symbol text";
    world.raw().await.execute_unprepared(alter).await.unwrap();
    let next = world.again(world::base()).await;
    let refused = next.connection(&world.acme).await.unwrap_err();
    assert!(matches!(refused, Error::Unsecured { .. }), "{refused:?}");
    world::migrate(&next).await;
    let acme = next.connection(&world.acme).await.unwrap();
    acme.query_all_raw(Statement::from_string(DbBackend::Postgres, "SELECT * FROM currency"))
        .await
        .unwrap();
}

#[test]
fn other_databases_are_refused() {
    let config = Config::builder()
        .strategy(DatabasePerTenant::KEYS)
        .database_url("sqlite://registry.db")
        .build()
        .unwrap();
    let refused = DatabasePerTenant::from_config(&config).unwrap_err();
    assert!(matches!(refused, Error::UnsupportedDatabase { .. }), "{refused:?}");
}
