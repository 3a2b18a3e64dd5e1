//! Hooks: told when a tenant comes and when it goes, and able to stand against it.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};

use super::{FIRST, names, seeded};
use crate::{
    Error, MigrationSets, Tenant, TenantHooks, TenantStatus, TenantTransaction,
    registry::TenantChange,
    testing::{
        TestBackend,
        world::{SetUp, World, base, customer, new_tenant, slug},
    },
};

/// Writes a customer for each new tenant; stands against those whose slug begins with `no`, and
/// against the deletion of those that are named `Keep`.
pub(super) struct Doorkeeper;

#[async_trait]
impl TenantHooks for Doorkeeper {
    async fn provisioned(
        &self,
        tenant: &Tenant,
        transaction: &TenantTransaction,
    ) -> Result<(), DbErr> {
        let customer = customer::ActiveModel {
            email: Set(format!("hello@{}.example.com", tenant.slug)),
            name: Set(format!("hello {}", tenant.slug)),
            ..Default::default()
        };
        customer::Entity::insert(customer).exec_without_returning(transaction).await?;
        if tenant.slug.as_str().starts_with("no") {
            return Err(DbErr::Custom("not this one".to_owned()));
        }
        Ok(())
    }

    async fn before_deletion(
        &self,
        tenant: &Tenant,
        transaction: &TenantTransaction,
    ) -> Result<(), DbErr> {
        transaction.execute_unprepared("UPDATE customer SET name = 'leaving'").await?;
        if tenant.name == "Keep" {
            return Err(DbErr::Custom("still needed".to_owned()));
        }
        Ok(())
    }
}

pub(super) fn with_doorkeeper(mut sets: MigrationSets) -> MigrationSets {
    sets.hooks.push(Box::new(Doorkeeper));
    sets
}

/// What a hook writes for a new tenant is there with it; when it fails, nothing is.
pub async fn hooks_stand_at_the_beginning(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_doorkeeper(seeded(base(), [FIRST]))).await;
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_eq!(names(&next, &initech).await, ["first", "hello initech"]);
    let refused = next.create_tenant(&new_tenant("nobody")).await;
    let is_told = |error: &Error| error.with_sources().contains("not this one");
    assert!(matches!(&refused, Err(error @ Error::HookFailed { .. }) if is_told(error)));
    assert!(next.registry().find_by_slug(&slug("nobody")).await.unwrap().is_none());
    assert_eq!(next.registry().count().await.unwrap(), 3);
    assert_eq!(names(&next, &world.acme).await, ["ann of acme", "bob of acme"]);
    let now = world.again(base()).await;
    let nobody = now.create_tenant(&new_tenant("nobody")).await.unwrap();
    assert!(names(&now, &nobody).await.is_empty());
}

/// A tenant that a hook stands up for stays as it was; one that goes takes nothing of another, and
/// its slug and domains are free.
pub async fn hooks_stand_before_the_end(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_doorkeeper(base())).await;
    let registry = next.registry();
    let change = TenantChange { name: Some("Keep".into()), ..TenantChange::default() };
    registry.update(world.acme.id, change).await.unwrap();
    let kept = next.remove_tenant(&slug("acme")).await;
    assert!(matches!(kept, Err(Error::HookFailed { .. })), "{kept:?}");
    let acme = registry.tenant(&slug("acme")).await.unwrap();
    assert_eq!(acme.status, TenantStatus::Active);
    assert_eq!(names(&next, &acme).await, ["ann of acme", "bob of acme"]);
    let open = next.connection(&acme).await.unwrap();
    let change = TenantChange { name: Some("Acme".into()), ..TenantChange::default() };
    registry.update(world.acme.id, change).await.unwrap();
    next.remove_tenant(&slug("acme")).await.unwrap();
    let stale = customer::Entity::find().all(&open).await;
    assert!(stale.is_err(), "{stale:?}");
    let unknown = next.remove_tenant(&slug("acme")).await;
    assert!(matches!(unknown, Err(Error::UnknownTenant { .. })), "{unknown:?}");
    assert_eq!(names(&next, &world.globex).await, ["bob of globex", "eve of globex"]);
    let successor = next.create_tenant(&new_tenant("acme")).await.unwrap();
    assert_ne!(successor.physical_name, world.acme.physical_name);
    assert_eq!(names(&next, &successor).await, ["hello acme"]);
}
