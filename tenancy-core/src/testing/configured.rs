//! What an application that configures more than it must can do: functions and shared tables that it
//! declares, tables that it throws away.
//!
//! The set-up has `migrate.fresh = "allow"`, the functions `pg_backend_pid` and `sqlite_version`
//! declared and, where the strategy can let tenants write to it, the shared table `currency`.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use sea_orm::{ConnectionTrait, EntityTrait, Set};

use super::{
    TestBackend, Written,
    world::{SetUp, World, base, currency, rows},
};
use crate::{Dialect, Error, MigrateOptions, migrate::Selection, scope::Refusal};

/// Declared functions may be called, and nothing that is not declared.
pub async fn declared_functions_are_called(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let (declared, other) = match world.tenancy.dialect() {
        Dialect::Postgres => ("pg_backend_pid", "pg_postmaster_start_time"),
        Dialect::Sqlite => ("sqlite_version", "sqlite_source_id"),
        Dialect::MySql => ("connection_id", "version"),
    };
    let call = |function: &str| format!("SELECT {function}() FROM customer");
    acme.execute_unprepared(&call(declared)).await.unwrap();
    let refused = acme.execute_unprepared(&call(other)).await.unwrap_err();
    assert!(matches!(Error::from_db_err(&refused), Some(Error::Refused(_))), "{refused:?}");
}

/// Declared shared tables may be written to, and all tenants see it.
pub async fn declared_tables_are_written(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let (acme, globex) =
        (world.connection(&world.acme).await, world.connection(&world.globex).await);
    let yen = currency::ActiveModel { code: Set("JPY".into()), name: Set("Yen".into()) };
    let written = currency::Entity::insert(yen).exec_without_returning(&acme).await;
    let dialect = world.tenancy.dialect();
    if dialect == Dialect::Sqlite && !world.tenancy.strategy().shares_registry(dialect) {
        let refused = written.unwrap_err();
        let ours = Error::from_db_err(&refused);
        let is_refused = matches!(ours, Some(Error::Refused(Refusal::SharedWrite { .. })));
        assert!(is_refused, "{refused:?}");
        return;
    }
    written.unwrap();
    let seen = currency::Entity::find_by_id("JPY").one(&globex).await.unwrap();
    assert_eq!(seen.unwrap().name, "Yen");
    // Whoever deletes there must not reach rows of others.
    let mut sets = base();
    sets.tenant.push(Box::new(Written::new("m20260501_000001_prices", |schema| {
        schema.sql(
            "CREATE TABLE price (id integer PRIMARY KEY, code text REFERENCES currency (code) ON \
             DELETE CASCADE)",
        )
    })));
    let reaching = super::world::connect(set_up, world.database(), sets).await;
    let named = |error: &Error| matches!(error, Error::Reference { table, .. } if table == "price");
    assert!(reaching.as_ref().is_err_and(named), "{reaching:?}");
}

/// Tables are thrown away where it is allowed, and are as if they had just been made.
pub async fn tables_are_made_anew(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let report = world.tenancy.fresh(&MigrateOptions::default(), |_| {}).await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    for tenant in [&world.acme, &world.globex] {
        let connection = world.connection(tenant).await;
        assert!(rows(&connection).await.0.is_empty());
    }
    let sound = world.tenancy.verify(&Selection::default(), 1).await.unwrap();
    assert!(sound.unsound.is_empty(), "{sound:?}");
}
