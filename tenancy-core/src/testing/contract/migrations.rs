//! Clauses on tenant migrations.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};

use crate::{
    Dialect, Error, MigrateOptions, Refusal, Tenancy, Tenant, TenantDdl,
    migrate::Outcome,
    testing::{
        TestBackend,
        world::{
            ADD_NOTE, BROKEN, SetUp, World, base, connect, migrate, new_tenant, rows, slug,
            with_broken, with_moved, with_note, with_rate, without_currency,
        },
    },
};

async fn has_note(tenancy: &Tenancy, tenant: &Tenant) -> bool {
    let connection = tenancy.connection(tenant).await.unwrap();
    let select = "SELECT note FROM customer";
    let select = Statement::from_string(connection.get_database_backend(), select);
    connection.query_all_raw(select).await.is_ok()
}

/// Clause 13: a migration reaches every tenant, those that are there and those that come, once.
pub async fn migrations_reach_every_tenant(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_note()).await;
    let report = migrate(&next).await;
    let applied = match next.strategy().tenant_ddl() {
        TenantDdl::Once => usize::from(report.shared.contains(&ADD_NOTE.to_owned())) * 2,
        TenantDdl::PerTenant => report
            .tenants
            .iter()
            .filter(|tenant| matches!(&tenant.outcome, Outcome::Migrated { applied } if applied == &[ADD_NOTE]))
            .count(),
    };
    assert_eq!(applied, 2, "{report:?}");
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    for tenant in [&world.acme, &world.globex, &initech] {
        let tenant = next.registry().tenant(&tenant.slug).await.unwrap();
        assert!(has_note(&next, &tenant).await, "{}", tenant.slug);
        assert_eq!(tenant.migration_head.as_deref(), Some(ADD_NOTE));
    }
    let again = migrate(&next).await;
    assert!(again.shared.is_empty() && again.tenants.is_empty(), "{again:?}");
    let status = next.migration_status().await.unwrap();
    assert!(status.tenants.iter().all(|tenant| tenant.pending == Some(0)), "{status:?}");
    assert!(status.shared.iter().all(|(_, applied)| *applied), "{status:?}");
}

/// Whether an error names the migration that failed, and how much of it stays where the database
/// commits each change by itself.
fn is_named(error: &Error, dialect: Dialect) -> bool {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these are what a migration fails with"
    )]
    match error {
        Error::MigrationFailed { migration, .. } => {
            dialect != Dialect::MySql && migration == BROKEN
        }
        Error::AppliedInPart { migration, done: 1, whole: 2, .. } => {
            dialect == Dialect::MySql && migration == BROKEN
        }
        _ => false,
    }
}

/// Clause 14: a migration that fails leaves each tenant as it was before it; or between two of its
/// steps, said so, where the database commits each change by itself.
pub async fn failed_migrations_leave_tenants_before(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let broken = world.again(with_broken()).await;
    let options = MigrateOptions { continue_on_error: true, ..MigrateOptions::default() };
    let outcome = broken.migrate(&options, |_| {}).await;
    match broken.strategy().tenant_ddl() {
        TenantDdl::Once => {
            let error = outcome.unwrap_err();
            assert!(is_named(&error, broken.dialect()), "{error:?}");
        }
        TenantDdl::PerTenant => {
            let report = outcome.unwrap();
            let failed: Vec<String> =
                report.failures().map(|(tenant, _)| tenant.to_string()).collect();
            assert_eq!(failed, ["acme", "globex"]);
            for (_, error) in report.failures() {
                assert!(is_named(error, broken.dialect()), "{error:?}");
            }
        }
    }
    for tenant in [&world.acme, &world.globex] {
        let tenant = world.tenancy.registry().tenant(&tenant.slug).await.unwrap();
        assert_eq!(tenant.migration_head, world.acme.migration_head);
        assert_eq!(rows(&world.connection(&tenant).await).await.0.len(), 2);
    }
    let next = world.again(with_note()).await;
    migrate(&next).await;
    let acme = next.registry().tenant(&slug("acme")).await.unwrap();
    assert!(has_note(&next, &acme).await);
}

/// Clause 19: a name that was a shared table's never becomes a tenant table's, since a process from
/// before the change would read the rows of all tenants under it.
pub async fn shared_names_stay_shared(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let error = connect(set_up, world.database(), with_moved()).await.unwrap_err();
    assert!(matches!(error, Error::TableOnBothSides { .. }), "{error:?}");
    let without = world.again(without_currency()).await;
    migrate(&without).await;
    let error = connect(set_up, world.database(), with_moved()).await.unwrap_err();
    assert!(matches!(error, Error::TableOnBothSides { .. }), "{error:?}");
    assert_eq!(rows(&world.connection(&world.acme).await).await.0.len(), 2);
}

async fn read(connection: &impl ConnectionTrait, table: &str) -> Result<usize, DbErr> {
    let select = format!("SELECT code FROM {table}");
    let select = Statement::from_string(connection.get_database_backend(), select);
    Ok(connection.query_all_raw(select).await?.len())
}

fn is_unknown(error: &DbErr) -> bool {
    matches!(Error::from_db_err(error), Some(Error::Refused(Refusal::UnknownTable { .. })))
}

/// Clause 20: a process learns of a shared table that a newer release has made, and of nothing
/// else that release has.
pub async fn newer_shared_tables_are_learned(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let other = world.again(base()).await.connection(&world.acme).await.unwrap();
    let text = world.again(base()).await.connection(&world.acme).await.unwrap();
    migrate(&world.again(with_rate()).await).await;
    world.raw().await.execute_unprepared("CREATE TABLE stray (code integer)").await.unwrap();

    assert_eq!(read(&acme, "rate").await.unwrap(), 0);
    let write = acme.execute_unprepared("INSERT INTO rate (code) VALUES ('x')").await.unwrap_err();
    let write = Error::from_db_err(&write);
    assert!(matches!(write, Some(Error::Refused(Refusal::SharedWrite { .. }))), "{write:?}");
    assert!(is_unknown(&read(&acme, "stray").await.unwrap_err()));
    assert_eq!(rows(&acme).await.0.len(), 2);

    // A transaction holds a connection, and does not wait for another one.
    let transaction = other.begin().await.unwrap();
    assert!(is_unknown(&read(&transaction, "rate").await.unwrap_err()));
    assert!(is_unknown(&read(&transaction, "rate").await.unwrap_err()));
    transaction.rollback().await.unwrap();
    let transaction = other.begin().await.unwrap();
    assert_eq!(read(&transaction, "rate").await.unwrap(), 0);
    transaction.rollback().await.unwrap();

    text.execute_unprepared("SELECT code FROM rate").await.unwrap();
}

/// Clause 15: a tenant that lacks migrations is refused, unless the application serves it so.
pub async fn tenants_behind_are_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(with_note()).await;
    let acme = next.registry().tenant(&slug("acme")).await.unwrap();
    let refused = next.connection(&acme).await;
    assert!(matches!(refused, Err(Error::Behind { .. })), "{refused:?}");
    let older = world.again(with_note()).await;
    migrate(&older).await;
    let acme = world.tenancy.registry().tenant(&slug("acme")).await.unwrap();
    let older_release = world.tenancy.connection(&acme).await;
    assert!(matches!(older_release, Err(Error::Behind { .. })), "{older_release:?}");
}
