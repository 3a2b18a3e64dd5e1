//! Checks of the live database.

use std::{fs, path::Path};

use tenancy_core::testing::{
    Setup, TestBackend, World,
    checking::{breaks, check, of_code},
    world::SetUp,
};

use crate::contract::{configured, set_up};

tenancy_core::checking_suite!(super::set_up);
tenancy_core::checking_suite!(super::set_up, mariadb);

fn writable(url: &str, directory: Option<&Path>) -> Setup {
    let values = [("scope.writable_tables", "currency")];
    configured(url, directory, if directory.is_some() { &[] } else { &values })
}

mod writing {
    tenancy_core::on_each_database!(checking, super::super::writable, writable_parents_are_found);
}

/// Breaks the world by SQL in which `{acme}` is the schema of the tenant.
async fn breaks_postgres(sql: &str, code: &str, words: &[&str]) {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let sql = sql.replace("{acme}", world.acme.physical_name.as_str());
    breaks(&world, set_up, &sql, code, words).await;
}

/// The same on MariaDB, where `{acme}` is the tenant's database and `{central}` the registry's.
async fn breaks_mariadb(set_up: SetUp, sql: &str, code: &str, words: &[&str]) {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let central = world.database().url().rsplit('/').next().unwrap().to_owned();
    let sql = sql.replace("{acme}", world.acme.physical_name.as_str());
    breaks(&world, set_up, &sql.replace("{central}", &central), code, words).await;
}

#[tokio::test]
async fn what_is_wrong_with_databases_is_found() {
    let drop = "DROP DATABASE {acme}";
    breaks_mariadb(set_up, drop, "SPT001", &["database is missing", "`acme`"]).await;
    let forgotten = "CREATE DATABASE t_gone_1; \
                     INSERT INTO tenants_physical_name VALUES ('t_gone_1', RANDOM_BYTES(16), NOW(6))";
    breaks_mariadb(set_up, forgotten, "SPT002", &["`t_gone_1`"]).await;
    let column = "ALTER TABLE {acme}.invoice ADD COLUMN tenant_id binary(16)";
    breaks_mariadb(set_up, column, "SPT008", &["`invoice`", "`tenant_id`"]).await;
    let reaches = "ALTER TABLE {acme}.customer ADD COLUMN code varchar(255), \
                   ADD CONSTRAINT taken FOREIGN KEY (code) REFERENCES {central}.currency (code) \
                   ON DELETE CASCADE";
    breaks_mariadb(writable, reaches, "DBS007", &["`currency`", "`customer`"]).await;
}

#[tokio::test]
async fn a_missing_schema_is_found() {
    breaks_postgres("DROP SCHEMA {acme} CASCADE", "SPT001", &["schema is missing", "`acme`"]).await;
}

#[tokio::test]
async fn a_missing_file_is_found() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let folder = world.database().directory().unwrap().join("tenants");
    fs::remove_file(folder.join(format!("{}.db", world.acme.physical_name))).unwrap();
    let report = check(set_up, world.database()).await;
    assert_eq!(of_code(&report.findings, "SPT001").len(), 1, "{}", report.findings);
    assert_eq!(report.findings.len(), 1, "{}", report.findings);
}

#[tokio::test]
async fn an_orphaned_schema_is_found() {
    let create = "CREATE SCHEMA left_behind; CREATE TABLE left_behind.customer (id integer); \
                  CREATE TABLE left_behind.seaql_migrations (version text)";
    breaks_postgres(create, "SPT002", &["`left_behind`"]).await;
    let forgotten = "CREATE SCHEMA t_gone_1; \
                     INSERT INTO tenants_physical_name SELECT 't_gone_1', gen_random_uuid(), now()";
    breaks_postgres(forgotten, "SPT002", &["`t_gone_1`"]).await;
}

#[tokio::test]
async fn orphaned_files_are_found() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let folder = world.database().directory().unwrap().join("tenants");
    for name in ["t_gone_1.db", "t_half_2.db.new", "README"] {
        fs::write(folder.join(name), "").unwrap();
    }
    let report = check(set_up, world.database()).await;
    let found = of_code(&report.findings, "SPT002");
    assert_eq!((found.len(), report.findings.len()), (2, 2), "{}", report.findings);
    let all = report.findings.to_string();
    assert!(all.contains("`t_gone_1`") && all.contains("half-made and left: `t_half_2`"), "{all}");
}

#[tokio::test]
async fn names_that_differ_in_case_are_found() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let create = format!("CREATE SCHEMA \"{}\"", world.acme.physical_name.as_str().to_uppercase());
    breaks(&world, set_up, &create, "SPT003", &["differ in case only"]).await;
}

#[tokio::test]
async fn an_extension_in_a_tenants_schema_is_found() {
    let create = "CREATE EXTENSION pgcrypto SCHEMA {acme}";
    let available = World::create(TestBackend::Postgres, set_up).await;
    let raw = available.raw().await;
    let find = "DO $$ BEGIN PERFORM 1 / count(*) FROM pg_available_extensions \
                WHERE name = 'pgcrypto'; END $$";
    if sea_orm::ConnectionTrait::execute_unprepared(&raw, find).await.is_err() {
        println!("left out: the server has no `pgcrypto`");
        return;
    }
    breaks_postgres(create, "SPT004", &["`pgcrypto`", "tenant's schema"]).await;
}

#[tokio::test]
async fn a_search_path_that_shadows_is_found() {
    let to_tenant = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, {acme}', \
                     current_database()); END $$";
    breaks_postgres(to_tenant, "SPT005", &["the database", "tenant's schema"]).await;
    let shadowing = "CREATE SCHEMA old; CREATE TABLE old.customer (id integer); \
                     DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, old', \
                     current_database()); END $$";
    breaks_postgres(shadowing, "SPT005", &["`old`", "`customer`"]).await;
}

#[tokio::test]
async fn tables_within_the_locks_of_the_server_are_no_finding() {
    // More than a server holds take minutes to make: what is counted is SPT006's unit test.
    let many = "DO $$ BEGIN FOR n IN 1..200 LOOP \
                EXECUTE format('CREATE TABLE {acme}.extra_%s (id integer)', n); END LOOP; END $$";
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let sql = many.replace("{acme}", world.acme.physical_name.as_str());
    sea_orm::ConnectionTrait::execute_unprepared(&raw, &sql).await.unwrap();
    let report = check(set_up, world.database()).await;
    assert!(report.has_run("SPT006") && of_code(&report.findings, "SPT006").is_empty());
    assert_eq!(of_code(&report.findings, "DBS002").len(), 200, "{}", report.findings);
}

#[tokio::test]
async fn a_function_without_a_path_is_found() {
    let create = "CREATE FUNCTION {acme}.total() RETURNS bigint LANGUAGE sql \
                  AS 'SELECT sum(total) FROM invoice'";
    // Its text is not looked at before it is called.
    let create = format!("SET check_function_bodies = off; {create}");
    breaks_postgres(&create, "SPT007", &["`total`"]).await;
}

#[tokio::test]
async fn a_column_of_the_other_strategy_is_found() {
    let alter = "ALTER TABLE {acme}.invoice ADD COLUMN tenant_id uuid";
    breaks_postgres(alter, "SPT008", &["`invoice`", "`tenant_id`"]).await;
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let alter = "ALTER TABLE currency ADD COLUMN tenant_id text";
    breaks(&world, set_up, alter, "SPT008", &["`currency`"]).await;
}
