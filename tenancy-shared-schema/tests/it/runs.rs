//! Runs of migrations.

use sea_orm::ConnectionTrait;
use tenancy_core::testing::{
    TestBackend, World,
    world::{ADD_NOTE, migrate, slug, with_note},
};

use crate::contract::set_up;

tenancy_core::runs_suite!(super::set_up);
tenancy_core::runs_suite!(super::set_up, mariadb);

/// A newer release may bring tenants forward while a run of this one waits: what it has told of them is
/// not taken for what this run has found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_release_says_of_tenants_stays() {
    for backend in [TestBackend::Postgres, TestBackend::Sqlite] {
        let world = World::create(backend, set_up).await;
        let newer = "m29990101_000001_newer";
        let note = format!(
            "UPDATE tenants_tenant SET migration_head = CASE slug WHEN 'acme' THEN '{newer}' END"
        );
        world.raw().await.execute_unprepared(&note).await.expect("told");
        migrate(&world.again(with_note()).await).await;
        let registry = world.tenancy.registry();
        let head = async |name| registry.tenant(&slug(name)).await.expect("there").migration_head;
        assert_eq!(head("acme").await.as_deref(), Some(newer));
        assert_eq!(head("globex").await.as_deref(), Some(ADD_NOTE));
    }
}
