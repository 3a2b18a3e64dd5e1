//! The checks of the live database, each shown on a database that was broken for it.
//!
//! What is here holds under every strategy; a strategy breaks its own layout in its own tests.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use std::path::Path;

use sea_orm::ConnectionTrait;

use super::{
    TestBackend, TestDatabase, Written,
    pooler::TransactionPooler,
    probe::Probe,
    world::{SetUp, Setup, World, base},
};
use crate::{
    Dialect, Error, Tenancy, TenantDdl,
    check::{
        CheckKind, Finding, Findings,
        database::{self, DatabaseReport},
    },
};

/// Runs all checks on the database of a world.
pub async fn check(set_up: SetUp, database: &TestDatabase) -> DatabaseReport {
    let setup = set_up(database.url(), database.directory());
    Tenancy::check_database(&setup.config, setup.strategy, base()).await
}

/// The findings of a code.
#[must_use]
pub fn of_code<'f>(findings: &'f Findings, code: &str) -> Vec<&'f Finding> {
    findings.iter().filter(|finding| finding.code == code).collect()
}

/// Breaks a sound world by some SQL, and demands that exactly this code is found, in a message that
/// holds these words.
pub async fn breaks(world: &World, set_up: SetUp, sql: &str, code: &str, words: &[&str]) {
    let raw = world.raw().await;
    raw.execute_unprepared(sql).await.unwrap();
    raw.close().await.unwrap();
    let report = check(set_up, world.database()).await;
    let found = of_code(&report.findings, code);
    assert_eq!(found.len(), 1, "{code} after {sql}:\n{}", report.findings);
    assert_eq!(report.findings.len(), 1, "nothing else after {sql}:\n{}", report.findings);
    for word in words {
        assert!(found[0].message.contains(word), "{word} in: {}", found[0]);
    }
}

/// A database as the framework makes it has no findings, and every check has looked.
pub async fn a_sound_database_has_no_findings(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    world.tenancy.suspend(&world.globex.slug).await.unwrap();
    world.tenancy.create_tenant(&super::world::new_tenant("initech")).await.unwrap();
    world.tenancy.remove_tenant(&super::world::slug("initech")).await.unwrap();
    world.tenancy.prepare_tenants(1).await.unwrap();
    let report = check(set_up, world.database()).await;
    assert!(report.findings.is_empty(), "{}", report.findings);
    let core = database::checks();
    let strategy = world.tenancy.strategy().database_checks();
    for check in core.iter().chain(&strategy) {
        let description = check.description();
        assert_eq!(description.kind, CheckKind::Database, "{}", description.code);
        assert!(report.has_run(description.code), "{} has not run", description.code);
    }
}

/// A database that nothing has touched is sound, and so is one whose tenants are behind.
pub async fn an_empty_database_has_no_findings(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let report = check(set_up, &database).await;
    assert!(report.findings.is_empty(), "{}", report.findings);
}

/// A table that no migration made is found, and is an error where that is demanded.
pub async fn unowned_tables_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let create = "CREATE TABLE stray (id integer PRIMARY KEY)";
    breaks(&world, set_up, create, "DBS002", &["table `stray`", "nobody"]).await;
    let mut report = check(set_up, world.database()).await;
    assert!(!report.findings.has_errors());
    report.deny_unowned();
    assert!(report.findings.has_errors());
}

/// What another framework has left is found once, and is not nobody's besides.
pub async fn leftovers_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let create = "CREATE TABLE django_migrations (id integer PRIMARY KEY)";
    breaks(&world, set_up, create, "DBS005", &["django_migrations", "Django"]).await;
}

/// A trigger on a table of the application is found.
pub async fn triggers_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let create = match world.tenancy.dialect() {
        Dialect::Postgres => {
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER touched BEFORE UPDATE ON currency FOR EACH ROW EXECUTE FUNCTION touch()"
        }
        Dialect::Sqlite => "CREATE TRIGGER touched AFTER UPDATE ON currency BEGIN SELECT 1; END",
        Dialect::MySql => {
            "CREATE TRIGGER touched AFTER UPDATE ON currency FOR EACH ROW SET @touched = 1"
        }
    };
    breaks(&world, set_up, create, "DBS006", &["trigger `touched`", "`currency`"]).await;
}

/// A rule on a table of the application is found; only PostgreSQL has any.
pub async fn rules_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    if world.tenancy.dialect() == Dialect::Postgres {
        let create = "CREATE RULE keep AS ON DELETE TO currency DO INSTEAD NOTHING";
        breaks(&world, set_up, create, "DBS006", &["rule `keep`", "`currency`"]).await;
    }
}

/// A table by a name of the framework's is found, also where there is no registry yet.
pub async fn foreign_registry_tables_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let create = "CREATE TABLE tenants_plan (id integer PRIMARY KEY)";
    breaks(&world, set_up, create, "DBS010", &["tenants_plan"]).await;
    let database = TestDatabase::create(backend).await.unwrap();
    let raw = database.connect().await.unwrap();
    let create = "CREATE TABLE tenants_domain (id integer PRIMARY KEY, domain text)";
    raw.execute_unprepared(create).await.unwrap();
    let report = check(set_up, &database).await;
    assert_eq!(of_code(&report.findings, "DBS010").len(), 1, "{}", report.findings);
    assert_eq!(report.findings.len(), 1, "{}", report.findings);
}

/// Migrations that another migrator has applied are found.
pub async fn foreign_ledgers_are_found(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let raw = database.connect().await.unwrap();
    let create = "CREATE TABLE seaql_migrations (version varchar(255) PRIMARY KEY, applied_at bigint); \
                  INSERT INTO seaql_migrations VALUES ('m20260101_000001_create_currency', 1)";
    raw.execute_unprepared(create).await.unwrap();
    let report = check(set_up, &database).await;
    let found = of_code(&report.findings, "DBS011");
    assert_eq!(found.len(), 1, "{}", report.findings);
    assert!(found[0].message.contains("knows 1"), "{}", found[0]);
}

/// The marker row of another strategy is a finding, and the rest is still looked at.
pub async fn other_markers_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let raw = world.raw().await;
    raw.execute_unprepared("UPDATE tenants_marker SET strategy = 'table-prefix'").await.unwrap();
    raw.execute_unprepared("CREATE TABLE stray (id integer PRIMARY KEY)").await.unwrap();
    let report = check(set_up, world.database()).await;
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["DBS004", "DBS002"], "{}", report.findings);
}

/// A table on the other side of one of the application's is found.
pub async fn tables_on_both_sides_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    if world.tenancy.strategy().tenant_ddl() == TenantDdl::PerTenant {
        let create = "CREATE TABLE customer (id integer PRIMARY KEY)";
        breaks(&world, set_up, create, "DBS003", &["`customer`", "tenant table"]).await;
    } else {
        let known = "INSERT INTO tenants_shared_table VALUES ('customer', 'm1', 'm2')";
        breaks(&world, set_up, known, "DBS003", &["`customer`", "was a shared one"]).await;
    }
}

/// A key by which a tenant's writing to a shared table reaches rows of others is found. The set-up
/// lets tenants write to `currency`, where they can.
pub async fn writable_parents_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let dialect = world.tenancy.dialect();
    if dialect == Dialect::Sqlite && !world.tenancy.strategy().shares_registry(dialect) {
        return;
    }
    let schema = match world.tenancy.strategy().tenant_ddl() {
        TenantDdl::PerTenant => format!("{}.", world.acme.physical_name.quoted()),
        TenantDdl::Once => String::new(),
    };
    let alter = format!(
        "ALTER TABLE {schema}customer ADD COLUMN code text REFERENCES currency (code) ON DELETE CASCADE"
    );
    breaks(&world, set_up, &alter, "DBS007", &["`currency`", "`customer`"]).await;
}

/// Pools that are larger than the server are found; only PostgreSQL has a limit.
pub async fn large_pools_are_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    if world.tenancy.dialect() == Dialect::Postgres {
        let limit = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 9', \
                     current_database()); END $$";
        breaks(&world, set_up, limit, "DBS008", &["may open", "the database accepts 9"]).await;
    }
}

/// A database that cannot be reached is a finding, and so is a registry that cannot be read.
pub async fn what_cannot_be_checked_is_found(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let raw = world.raw().await;
    raw.execute_unprepared("ALTER TABLE tenants_physical_name RENAME COLUMN made_at TO made")
        .await
        .unwrap();
    let report = check(set_up, world.database()).await;
    assert_eq!(of_code(&report.findings, "DBS001").len(), 1, "{}", report.findings);
    assert!(!report.has_run("DBS002"));
    let nowhere = match backend {
        TestBackend::Postgres => "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1",
        TestBackend::Sqlite => "sqlite:///nonexistent/registry.db",
        TestBackend::MariaDb => "mysql://nobody@127.0.0.1:1/nothing",
    };
    let Setup { config, strategy } = set_up(nowhere, None::<&Path>);
    let report = Tenancy::check_database(&config, strategy, base()).await;
    let found = of_code(&report.findings, "DBS001");
    assert_eq!((found.len(), report.findings.len()), (1, 1), "{}", report.findings);
    assert!(found[0].message.contains("could not be checked, because"), "{}", found[0]);
    assert!(!report.has_run("DBS002"));
}

/// A pooler that gives each transaction another process, and does not keep prepared statements apart,
/// is refused; only PostgreSQL has any.
pub async fn transaction_poolers_are_refused(backend: TestBackend, set_up: SetUp) {
    if backend != TestBackend::Postgres {
        return;
    }
    let database = TestDatabase::create(backend).await.unwrap();
    let pooler = TransactionPooler::before(database.url(), 2).await;
    let Setup { config, strategy } = set_up(pooler.url(), None);
    let refused = Tenancy::connect(&config, strategy, base()).await;
    let Err(Error::UnsoundDatabase(findings)) = refused else {
        unreachable!("connected: {refused:?}")
    };
    assert_eq!(of_code(&findings, "DBS009").len(), 2, "{findings}");
}

/// Of a set that cannot be written down, the rest of the database is still looked at.
pub async fn an_unwritable_set_is_found(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let raw = database.connect().await.unwrap();
    raw.execute_unprepared("CREATE TABLE stray (id integer PRIMARY KEY)").await.unwrap();
    let mut sets = base();
    sets.tenant
        .push(Box::new(Written::new("m20990101_000001_commits", |schema| schema.sql("COMMIT"))));
    let Setup { config, strategy } = set_up(database.url(), database.directory());
    let report = Tenancy::check_database(&config, strategy, sets).await;
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["DBS001", "DBS002"], "{}", report.findings);
}

/// The discovery probe finds every tenant table, proves it, and leaves nothing behind.
pub async fn every_table_is_probed(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let before = world.tenancy.registry().count().await.unwrap();
    let report = Probe::new().run(&world.tenancy).await.unwrap();
    if backend == TestBackend::MariaDb {
        // The probe does not speak its language: what it cannot prove it says.
        assert!(!report.is_sound() && report.proven.is_empty(), "{report}");
        assert_eq!(world.tenancy.registry().count().await.unwrap(), before);
        return;
    }
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.proven, ["customer", "invoice"], "{report}");
    assert_eq!(world.tenancy.registry().count().await.unwrap(), before);
    let skipping = Probe::new().skip("invoice", "it is another test's").skip("stray", "gone");
    let report = skipping.run(&world.tenancy).await.unwrap();
    assert_eq!(report.proven, ["customer"], "{report}");
    assert_eq!(report.skipped["invoice"], "it is another test's");
    assert_eq!(report.unproven[0].table, "stray", "{report}");
}

/// A test of each function of this module that needs nothing but a set-up.
#[macro_export]
macro_rules! checking_suite {
    ($set_up:path) => {
        $crate::checking_suite!(@on_each_database, $set_up);
    };
    ($set_up:path, mariadb) => {
        $crate::checking_suite!(@on_mariadb, $set_up);
    };
    (@$on:ident, $set_up:path) => {
        $crate::$on!(
            checking,
            $set_up,
            a_sound_database_has_no_findings,
            an_empty_database_has_no_findings,
            unowned_tables_are_found,
            leftovers_are_found,
            triggers_are_found,
            rules_are_found,
            foreign_registry_tables_are_found,
            foreign_ledgers_are_found,
            other_markers_are_found,
            tables_on_both_sides_are_found,
            large_pools_are_found,
            what_cannot_be_checked_is_found,
            transaction_poolers_are_refused,
            every_table_is_probed,
            an_unwritable_set_is_found,
        );
    };
}

/// `Tenancy::connect` refuses what a decisive check finds.
pub async fn decisive_findings_refuse(world: &World, set_up: SetUp, code: &str) {
    let refused = super::world::connect(set_up, world.database(), base()).await;
    let Err(Error::UnsoundDatabase(findings)) = refused else {
        unreachable!("connected: {refused:?}")
    };
    assert_eq!(of_code(&findings, code).len(), 1, "{findings}");
}
