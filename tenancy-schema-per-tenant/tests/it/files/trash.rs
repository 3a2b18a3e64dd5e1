//! Deleted tenants' files: set aside, brought back, removed, and what a crash leaves in between.

use std::{fs, sync::Mutex};

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, TransactionTrait};
use tenancy_core::{
    Error, MigrationSets, Tenant, TenantHooks, TenantTransaction,
    testing::{
        TestBackend, World,
        checking::{check, of_code},
        world::{base, customer, rows, slug},
    },
};

use super::{file, folder, listed};
use crate::contract::set_up;

async fn create() -> World {
    World::create(TestBackend::Sqlite, set_up).await
}

fn served(world: &World) -> Vec<String> {
    listed(folder(world), &world.acme)
}

fn trashed(world: &World) -> Vec<String> {
    listed(folder(world).join("trash"), &world.acme)
}

async fn findings(world: &World, code: &str) -> usize {
    let report = check(set_up, world.database()).await;
    let found = of_code(&report.findings, code).len();
    assert_eq!(report.findings.len(), found, "{}", report.findings);
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_tenants_file_lies_in_the_trash() {
    let world = create().await;
    let tenancy = &world.tenancy;
    let other = world.again(base()).await;
    let before = rows(&world.connection(&world.acme).await).await;
    let handle = other.connection(&world.acme).await.unwrap();
    // Somebody is in the midst of it, and is not waited for longer than a moment.
    let transaction = world.connection(&world.acme).await.begin().await.unwrap();
    customer::Entity::find().all(&transaction).await.unwrap();

    tenancy.delete_tenant(&slug("acme")).await.unwrap();
    let name = format!("{}.db", world.acme.physical_name);
    assert!(served(&world).is_empty(), "{:?}", served(&world));
    assert!(trashed(&world).contains(&name), "{:?}", trashed(&world));
    drop(transaction);
    let refused = tenancy.connection(&world.acme).await.unwrap_err();
    assert!(matches!(refused, Error::StaleHandle { .. }), "{refused}");
    assert_eq!(tenancy.orphans().await.unwrap(), []);
    assert_eq!(findings(&world, "SPT009").await, 0);
    let gone = tenancy.back_up(&slug("acme"), &folder(&world).join("b.db")).await.unwrap_err();
    assert!(matches!(gone, Error::NotServed { .. }), "{gone}");

    tenancy.restore_tenant(&slug("acme")).await.unwrap();
    assert!(served(&world).contains(&name) && trashed(&world).is_empty());
    let acme = tenancy.resume(&slug("acme")).await.unwrap();
    assert_eq!(rows(&world.connection(&acme).await).await, before);
    // Handles from before stay refused, whoever has them.
    tenancy.delete_tenant(&slug("acme")).await.unwrap();
    tenancy.remove_tenant(&slug("acme")).await.unwrap();
    assert!(served(&world).is_empty() && trashed(&world).is_empty());
    let again = world.again(base()).await;
    assert!(again.connection(&acme).await.is_err());
    assert_eq!(rows(&world.connection(&world.globex).await).await.0.len(), 2);
    drop(handle);
}

/// What a crash between the registry and the file leaves, in either order, is refused, is found, and
/// is mended by saying again what is meant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_was_cut_off_is_gone_on_with() {
    let world = create().await;
    let before = rows(&world.connection(&world.acme).await).await;
    let raw = world.raw().await;
    let mark = async |status: &str| {
        let sql = format!("UPDATE tenants_tenant SET status = '{status}' WHERE slug = 'acme'");
        raw.execute_unprepared(&sql).await.unwrap();
    };
    // The registry says deleted, and the file has not been moved.
    for restores in [true, false] {
        mark("deleted").await;
        let cut = world.again(base()).await;
        let acme = cut.registry().tenant(&slug("acme")).await.unwrap();
        let refused = cut.connection(&acme).await.unwrap_err();
        assert!(matches!(refused, Error::NotServed { .. }), "{refused}");
        assert_eq!(findings(&world, "SPT009").await, 1);
        if restores {
            cut.restore_tenant(&slug("acme")).await.unwrap();
            assert!(trashed(&world).is_empty());
        } else {
            cut.delete_tenant(&slug("acme")).await.unwrap();
            assert!(served(&world).is_empty());
        }
        assert_eq!(findings(&world, "SPT009").await, 0);
    }
    // The file lies in the trash, and the registry, of another moment, says that it is served.
    mark("active").await;
    let cut = world.again(base()).await;
    let acme = cut.registry().tenant(&slug("acme")).await.unwrap();
    let refused = cut.connection(&acme).await.unwrap_err();
    assert!(matches!(refused, Error::WrongPlace { .. }), "{refused}");
    assert_eq!(findings(&world, "SPT009").await, 1);
    cut.delete_tenant(&slug("acme")).await.unwrap();
    cut.restore_tenant(&slug("acme")).await.unwrap();
    let acme = cut.resume(&slug("acme")).await.unwrap();
    assert_eq!(rows(&cut.connection(&acme).await.unwrap()).await, before);
    assert_eq!(findings(&world, "SPT009").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_whose_file_is_gone_is_not_restored() {
    let world = create().await;
    world.tenancy.delete_tenant(&slug("acme")).await.unwrap();
    for name in trashed(&world) {
        fs::remove_file(folder(&world).join("trash").join(name)).unwrap();
    }
    let refused = world.tenancy.restore_tenant(&slug("acme")).await.unwrap_err();
    assert!(matches!(refused, Error::WrongPlace { .. }), "{refused}");
    world.tenancy.remove_tenant(&slug("acme")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_nobody_are_found_in_the_trash() {
    let world = create().await;
    let before = rows(&world.connection(&world.acme).await).await;
    world.tenancy.delete_tenant(&slug("acme")).await.unwrap();
    let raw = world.raw().await;
    for table in ["tenants_domain", "tenants_tenant"] {
        let key = if table == "tenants_tenant" { "id" } else { "tenant_id" };
        let sql = format!(
            "DELETE FROM {table} WHERE {key} IN (SELECT id FROM tenants_tenant WHERE slug = 'acme')"
        );
        raw.execute_unprepared(&sql).await.unwrap();
    }
    assert_eq!(findings(&world, "SPT002").await, 1);
    let next = world.again(base()).await;
    assert_eq!(next.orphans().await.unwrap(), std::slice::from_ref(&world.acme.physical_name));
    let new = tenancy_core::testing::world::new_tenant("found");
    let found = next.adopt_orphan(&world.acme.physical_name, &new).await.unwrap();
    assert_eq!(rows(&next.connection(&found).await.unwrap()).await, before);
    assert!(file(&world, &world.acme).is_file() && trashed(&world).is_empty());
    assert_eq!(findings(&world, "SPT002").await, 0);
}

/// How many customers a tenant had that went for ever.
static COUNTED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

struct Counting;

#[async_trait]
impl TenantHooks for Counting {
    async fn before_deletion(
        &self,
        _: &Tenant,
        transaction: &TenantTransaction,
    ) -> Result<(), DbErr> {
        let customers = customer::Entity::find().all(transaction).await?.len();
        COUNTED.lock().unwrap().push(customers);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_see_the_rows_of_a_tenant_in_the_trash() {
    let world = create().await;
    let next = world.again(MigrationSets { hooks: vec![Box::new(Counting)], ..base() }).await;
    next.delete_tenant(&slug("acme")).await.unwrap();
    assert!(COUNTED.lock().unwrap().is_empty());
    next.remove_tenant(&slug("acme")).await.unwrap();
    assert_eq!(*COUNTED.lock().unwrap(), [2]);
    assert!(served(&world).is_empty() && trashed(&world).is_empty());
}
