//! Places that belong to nobody.

use sea_orm::ConnectionTrait;
use tenancy_core::{
    Error, PhysicalName,
    testing::{TestBackend, World, world},
};

use crate::contract::set_up;

async fn forget(world: &World) {
    let raw = world.raw().await;
    for sql in [
        "DELETE FROM tenants_domain WHERE tenant_id IN \
         (SELECT id FROM tenants_tenant WHERE slug = 'acme')",
        "DELETE FROM tenants_tenant WHERE slug = 'acme'",
    ] {
        raw.execute_unprepared(sql).await.unwrap();
    }
}

async fn orphans_are_found_and_mended(backend: TestBackend) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    assert_eq!(tenancy.orphans().await.unwrap(), []);
    let place = world.acme.physical_name.clone();
    let before = world::rows(&world.connection(&world.acme).await).await;
    forget(&world).await;
    assert_eq!(tenancy.orphans().await.unwrap(), std::slice::from_ref(&place));

    let of_globex = world.globex.physical_name.clone();
    let unknown = PhysicalName::parse("t_unknown").unwrap();
    for other in [&of_globex, &unknown] {
        let refused = tenancy.remove_orphan(other).await.unwrap_err();
        assert!(matches!(refused, Error::NotOrphaned { .. }), "{refused}");
        let refused = tenancy.adopt_orphan(other, &world::new_tenant("initech")).await.unwrap_err();
        assert!(matches!(refused, Error::NotOrphaned { .. }), "{refused}");
    }
    let found = tenancy.adopt_orphan(&place, &world::new_tenant("found")).await.unwrap();
    assert_ne!(found.id, world.acme.id);
    assert_eq!(found.migration_head, world.globex.migration_head);
    assert_eq!(world::rows(&world.connection(&found).await).await, before);
    assert_eq!(tenancy.orphans().await.unwrap(), []);
}

async fn orphans_are_removed(backend: TestBackend) {
    let world = World::create(backend, set_up).await;
    let of_globex = world::rows(&world.connection(&world.globex).await).await;
    forget(&world).await;
    world.tenancy.remove_orphan(&world.acme.physical_name).await.unwrap();
    assert_eq!(world.tenancy.orphans().await.unwrap(), []);
    assert_eq!(world::rows(&world.connection(&world.globex).await).await, of_globex);
    let again = world.tenancy.remove_orphan(&world.acme.physical_name).await.unwrap_err();
    assert!(matches!(again, Error::NotOrphaned { .. }), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_are_found_and_mended_on_postgres() {
    orphans_are_found_and_mended(TestBackend::Postgres).await;
    orphans_are_removed(TestBackend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_are_found_and_mended_on_sqlite() {
    orphans_are_found_and_mended(TestBackend::Sqlite).await;
    orphans_are_removed(TestBackend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_with_many_tables_goes_batch_by_batch() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let acme = world.acme.physical_name.quoted();
    let fill = format!(
        "DO $$ BEGIN FOR i IN 1..400 LOOP EXECUTE format('CREATE TABLE {acme}.%I \
         (id integer PRIMARY KEY)', 'Many ' || i); END LOOP; END $$"
    );
    raw.execute_unprepared(&fill).await.unwrap();
    // Somebody has had one begin, and go away.
    raw.execute_unprepared(&format!("DROP TABLE {acme}.\"Many 400\"")).await.unwrap();
    world.tenancy.remove_tenant(&world.acme.slug).await.unwrap();
    assert_eq!(world.tenancy.orphans().await.unwrap(), []);
    let left = format!("CREATE SCHEMA {acme}");
    raw.execute_unprepared(&left).await.unwrap();
    assert_eq!(world::rows(&world.connection(&world.globex).await).await.0.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_are_found_and_mended_on_mariadb() {
    orphans_are_found_and_mended(TestBackend::MariaDb).await;
    orphans_are_removed(TestBackend::MariaDb).await;
}
