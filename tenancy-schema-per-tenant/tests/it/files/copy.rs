//! Copies of tenants that were cut off: found, and removed by the next one.

use std::fs;

use sea_orm::ConnectionTrait;
use tenancy_core::{
    PhysicalName,
    testing::{
        TestBackend, World,
        checking::{check, of_code},
        world::{new_tenant, rows, slug},
    },
};

use super::{file, folder};
use crate::contract::set_up;

/// Leaves in the registry what a copy has noted when it begins.
async fn note(world: &World, name: &PhysicalName) {
    let sql = format!(
        "INSERT INTO tenants_ready_place (name, tenant_id, digest, made_at, claimed_at) VALUES \
         ('{name}', randomblob(16), 'copy', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')"
    );
    world.raw().await.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_off_of_a_copy_is_removed_by_the_next() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let source = file(&world, &world.acme);
    // Nothing but the note, half a file, and one that has its name already.
    for (at, end) in [None, Some(".db.new"), Some(".db")].into_iter().enumerate() {
        let name = PhysicalName::parse(&format!("t_cut_{at}")).unwrap();
        note(&world, &name).await;
        let left = end.map(|end| folder(&world).join(format!("{name}{end}")));
        if let Some(left) = &left {
            fs::copy(&source, left).unwrap();
        }
        let report = check(set_up, world.database()).await;
        let found = of_code(&report.findings, "SPT002");
        assert_eq!(report.findings.len(), usize::from(left.is_some()), "{}", report.findings);
        for finding in found {
            assert!(finding.to_string().contains("tenant duplicate"), "{finding}");
        }
        // It is nobody's place to move into, nor to be taken for a tenant's.
        assert_eq!(world.tenancy.ready_count().await.unwrap(), 0);
        assert_eq!(world.tenancy.orphans().await.unwrap(), []);
        let new = new_tenant(&format!("copy-{at}"));
        let made = world.tenancy.duplicate_tenant(&slug("acme"), &new).await.unwrap();
        assert!(left.is_none_or(|left| !left.exists()));
        let report = check(set_up, world.database()).await;
        assert!(report.findings.is_empty(), "{}", report.findings);
        let acme = rows(&world.connection(&world.acme).await).await;
        assert_eq!(rows(&world.connection(&made.tenant).await).await, acme);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_at_the_same_time_are_all_made() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let acme = rows(&world.connection(&world.acme).await).await;
    let mut copies = tokio::task::JoinSet::new();
    for at in 0..4 {
        let tenancy = world.tenancy.clone();
        copies.spawn(async move {
            let new = new_tenant(&format!("copy-{at}"));
            tenancy.duplicate_tenant(&slug("acme"), &new).await.unwrap().tenant
        });
    }
    for made in copies.join_all().await {
        assert_eq!(rows(&world.connection(&made).await).await, acme);
    }
    let report = check(set_up, world.database()).await;
    assert!(report.findings.is_empty(), "{}", report.findings);
}
