//! Tenants with the rows of others, proven under a strategy on real databases.
//!
//! [`duplicating_suite!`](crate::duplicating_suite) makes a test of each function.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use sea_orm::{EntityTrait, Set};

use super::{
    TestBackend,
    world::{SetUp, World, customer, invoice, new_tenant, rows, slug},
};
use crate::{Error, TenantDdl};

/// Makes a test of each function of this module, for each database.
#[macro_export]
macro_rules! duplicating_suite {
    ($set_up:path) => {
        $crate::on_each_database!(
            duplicating,
            $set_up,
            duplicates_have_the_rows_and_go_on_counting,
            duplicates_that_fail_leave_nothing,
        );
        $crate::on_mariadb!(
            duplicating,
            $set_up,
            duplicates_have_the_rows_and_go_on_counting,
            duplicates_that_fail_leave_nothing,
        );
    };
}

/// Where keys are given out to all tenants together, a copy cannot have the same ones.
fn is_refused(world: &World, backend: TestBackend) -> bool {
    backend == TestBackend::Sqlite && world.tenancy.strategy().tenant_ddl() == TenantDdl::Once
}

/// A duplicate has each row of the other, gets keys of its own from there on, and is apart from it.
pub async fn duplicates_have_the_rows_and_go_on_counting(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let made = world.tenancy.duplicate_tenant(&slug("acme"), &new_tenant("initech")).await;
    if is_refused(&world, backend) {
        assert!(matches!(made, Err(Error::NotCopied { .. })), "{made:?}");
        return;
    }
    let made = made.unwrap();
    let copied: Vec<(&str, u64)> =
        made.tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    assert!(copied.contains(&("customer", 2)) && copied.contains(&("invoice", 2)), "{copied:?}");
    let (acme, initech) =
        (world.connection(&world.acme).await, world.connection(&made.tenant).await);
    let before = rows(&acme).await;
    let of_globex = rows(&world.connection(&world.globex).await).await;
    assert_eq!(rows(&initech).await, before);

    let new = customer::ActiveModel {
        email: Set("new@example.com".to_owned()),
        name: Set("new".to_owned()),
        ..Default::default()
    };
    let new = customer::Entity::insert(new).exec(&initech).await.unwrap().last_insert_id;
    assert!(before.0.iter().all(|customer| customer.id != new));
    let bill = invoice::ActiveModel {
        customer_id: Set(before.0[0].id),
        number: Set("INV-new".to_owned()),
        total: Set(1),
        ..Default::default()
    };
    invoice::Entity::insert(bill).exec(&initech).await.unwrap();
    customer::Entity::delete_by_id(new).exec(&initech).await.unwrap();
    assert_eq!(rows(&acme).await, before);
    assert_eq!(rows(&world.connection(&world.globex).await).await, of_globex);
    // One with the rows of a duplicate, which is a tenant like any other.
    world.tenancy.duplicate_tenant(&slug("initech"), &new_tenant("hooli")).await.unwrap();
    world.tenancy.remove_tenant(&slug("initech")).await.unwrap();
    assert_eq!(rows(&acme).await, before);
}

/// A duplicate that cannot be made is not there at all, and can be made later.
pub async fn duplicates_that_fail_leave_nothing(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    if is_refused(&world, backend) {
        return;
    }
    let tenancy = &world.tenancy;
    let taken = new_tenant("initech").with_domain("globex.example.com".parse().unwrap());
    let refused = tenancy.duplicate_tenant(&slug("acme"), &taken).await.unwrap_err();
    assert!(matches!(refused, Error::Taken { .. }), "{refused}");
    let unknown = tenancy.duplicate_tenant(&slug("nobody"), &new_tenant("initech")).await;
    assert!(matches!(unknown, Err(Error::UnknownTenant { .. })), "{unknown:?}");
    assert!(tenancy.registry().find_by_slug(&slug("initech")).await.unwrap().is_none());
    assert_eq!(tenancy.orphans().await.unwrap(), []);
    assert_eq!(tenancy.discard_ready_tenants().await.unwrap(), 0);
    tenancy.suspend(&slug("acme")).await.unwrap();
    let made = tenancy.duplicate_tenant(&slug("acme"), &new_tenant("initech")).await.unwrap();
    assert_eq!(rows(&world.connection(&made.tenant).await).await.0.len(), 2);
    tenancy.delete_tenant(&slug("acme")).await.unwrap();
    let deleted = tenancy.duplicate_tenant(&slug("acme"), &new_tenant("hooli")).await;
    assert!(matches!(deleted, Err(Error::NotCopied { .. })), "{deleted:?}");
}
