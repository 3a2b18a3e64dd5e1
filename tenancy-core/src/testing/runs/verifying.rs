//! Places compared with their ledgers, with the registry, and with what migrations make.

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{COUNT, add_phone, base_with, count_customers};
use crate::{
    Error, MigrateOptions, Tenancy, Tenant, TenantDdl,
    migrate::{Selection, Verification},
    registry::Registry,
    strategy::Purpose,
    testing::{
        TestBackend,
        world::{SetUp, World, migrate, slug},
    },
};

async fn verify(tenancy: &Tenancy) -> Verification {
    tenancy.verify(&Selection::default(), 2).await.unwrap()
}

/// Where the tables of a tenant can be changed past the framework, and how they are called there.
async fn past_the_framework(tenancy: &Tenancy, tenant: &Tenant) -> (DatabaseConnection, String) {
    let strategy = tenancy.strategy();
    let route = strategy.route(tenancy.databases(), tenant, Purpose::Migration).await.unwrap();
    let prefix = route.schema.map_or_else(String::new, |schema| format!("{schema}."));
    (route.connection, prefix)
}

fn text(verification: &Verification) -> String {
    let problems = verification.unsound.iter().flat_map(|verdict| {
        verdict.problems.iter().map(move |problem| format!("{}: {problem}", verdict.place))
    });
    problems.collect::<Vec<String>>().join("\n")
}

/// Places as migrations have made them are sound, with all kinds of steps; one that was changed by
/// hand is named with the difference.
pub async fn changed_places_are_told(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers(), add_phone()])).await;
    migrate(&next).await;
    let sound = verify(&next).await;
    assert!(sound.unsound.is_empty(), "{}", text(&sound));
    assert!(sound.drift.is_none_or(|drift| drift.others.is_empty()));
    let globex = next.registry().tenant(&slug("globex")).await.unwrap();
    let (connection, prefix) = past_the_framework(&next, &globex).await;
    for sql in [
        format!("CREATE TABLE {prefix}stray (id integer)"),
        format!("ALTER TABLE {prefix}customer ADD COLUMN odd integer"),
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    let changed = verify(&next).await;
    let text = text(&changed);
    assert_eq!(changed.unsound.len(), 1, "{text}");
    assert!(text.contains("stray") && text.contains("odd"), "{text}");
    if next.strategy().tenant_ddl() == TenantDdl::PerTenant {
        assert_eq!(changed.unsound[0].place, "globex");
        assert_eq!(changed.drift.unwrap().others, ["globex"]);
    }
}

/// A registry that is behind the ledgers is told, and mended from them.
pub async fn ledgers_are_the_truth(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    if world.tenancy.strategy().tenant_ddl() == TenantDdl::Once {
        return;
    }
    let next = world.again(base_with([count_customers()])).await;
    migrate(&next).await;
    let set = next.tenant_set().migrations();
    let database = next.registry().database();
    Registry::set_head(database, world.globex.id, set.first(), Utc::now()).await.unwrap();
    let found = verify(&next).await;
    assert!(text(&found).starts_with("globex: the newest migration is"), "{}", text(&found));
    let mended = next.mend_heads(&Selection::default()).await.unwrap();
    assert_eq!(mended.len(), 1);
    let globex = next.registry().tenant(&slug("globex")).await.unwrap();
    assert_eq!(globex.migration_head.as_deref(), Some(COUNT));
    assert!(verify(&next).await.unsound.is_empty());
}

/// Tables that were there before the ledger are noted as what they are, or not at all.
pub async fn tables_that_fit_are_noted(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers(), add_phone()])).await;
    let globex = next.registry().tenant(&slug("globex")).await.unwrap();
    let (connection, prefix) = past_the_framework(&next, &globex).await;
    let forget = format!("DELETE FROM {prefix}seaql_migrations WHERE version NOT LIKE '%currency'");
    connection.execute_unprepared(&forget).await.unwrap();
    Registry::set_head(next.registry().database(), globex.id, None, Utc::now()).await.unwrap();
    let options = MigrateOptions::default();
    let noted = next.fake_initial(&options, |_| {}).await.unwrap();
    assert_eq!(noted.failures().count(), 0, "{noted:?}");
    let globex = next.registry().tenant(&slug("globex")).await.unwrap();
    let invoices = "m20260103_000001_create_invoices";
    assert_eq!(globex.migration_head.as_deref(), Some(invoices));
    migrate(&next).await;
    assert!(verify(&next).await.unsound.is_empty());

    connection.execute_unprepared(&forget).await.unwrap();
    let odd = format!("ALTER TABLE {prefix}customer ADD COLUMN odd integer");
    connection.execute_unprepared(&odd).await.unwrap();
    let refused = match next.fake_initial(&options, |_| {}).await {
        Err(error) => error,
        Ok(report) => report.failures().next().unwrap().1.clone(),
    };
    let names_it =
        matches!(&refused, Error::Drifted { difference, .. } if difference.contains("odd"));
    assert!(names_it, "{refused:?}");
}
