//! Checks of the live database.

use std::path::Path;

use tenancy_core::testing::{
    Setup, TestBackend, World,
    checking::{breaks, decisive_findings_refuse},
    world,
};

use crate::contract::{configured, set_up};

tenancy_core::checking_suite!(super::set_up);
tenancy_core::checking_suite!(super::set_up, mariadb);

fn writable(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("scope.writable_tables", "currency")])
}

mod writing {
    tenancy_core::on_each_database!(checking, super::super::writable, writable_parents_are_found);
}

async fn breaks_postgres(sql: &str, code: &str, words: &[&str]) {
    let world = World::create(TestBackend::Postgres, set_up).await;
    breaks(&world, set_up, sql, code, words).await;
}

async fn breaks_mariadb(sql: &str, code: &str, words: &[&str]) {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    breaks(&world, set_up, sql, code, words).await;
}

#[tokio::test]
async fn writable_parents_are_found_on_mariadb() {
    let world = World::create(TestBackend::MariaDb, writable).await;
    let reaches = "ALTER TABLE customer ADD COLUMN code varchar(255); \
                   ALTER TABLE customer ADD CONSTRAINT reaches FOREIGN KEY (code) \
                   REFERENCES currency (code) ON DELETE CASCADE";
    breaks(&world, writable, reaches, "DBS007", &["`currency`", "`customer`"]).await;
}

async fn breaks_sqlite(sql: &str, code: &str, words: &[&str]) {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    breaks(&world, set_up, sql, code, words).await;
}

#[tokio::test]
async fn a_column_that_may_be_null_is_found_and_refused() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let alter = "ALTER TABLE invoice DROP CONSTRAINT invoice_pkey, \
                 ALTER COLUMN tenant_id DROP NOT NULL";
    breaks(&world, set_up, alter, "SHS001", &["`invoice.tenant_id` may be null"]).await;
    decisive_findings_refuse(&world, set_up, "SHS001").await;
}

#[tokio::test]
async fn a_column_that_may_be_null_is_found_on_mariadb() {
    let alter = "ALTER TABLE invoice DROP PRIMARY KEY, MODIFY tenant_id binary(16) NULL";
    breaks_mariadb(alter, "SHS001", &["`invoice.tenant_id` may be null"]).await;
}

#[tokio::test]
async fn a_column_of_another_type_is_found_on_mariadb() {
    let alter = "ALTER TABLE invoice DROP FOREIGN KEY fk_invoice_tenant_id, \
                 DROP FOREIGN KEY fk_invoice_customer_id; \
                 ALTER TABLE invoice MODIFY tenant_id varbinary(16) NOT NULL";
    breaks_mariadb(alter, "SHS001", &["of the type `varbinary(16)`"]).await;
}

#[tokio::test]
async fn a_table_of_another_engine_is_found_and_refused() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let alter = "ALTER TABLE invoice DROP FOREIGN KEY fk_invoice_tenant_id, \
                 DROP FOREIGN KEY fk_invoice_customer_id; ALTER TABLE invoice ENGINE = Aria";
    breaks(&world, set_up, alter, "SHS010", &["`invoice` has the engine `Aria`"]).await;
    decisive_findings_refuse(&world, set_up, "SHS010").await;
}

#[tokio::test]
async fn a_missing_column_is_found_and_refused() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let anew = "DROP TABLE invoice; CREATE TABLE invoice (id integer PRIMARY KEY, tenant uuid_text); \
                CREATE INDEX led ON invoice (tenant)";
    let raw = world.raw().await;
    sea_orm::ConnectionTrait::execute_unprepared(&raw, anew).await.unwrap();
    decisive_findings_refuse(&world, set_up, "SHS001").await;
}

#[tokio::test]
async fn a_column_of_another_type_is_found() {
    let alter = "ALTER TABLE invoice DROP CONSTRAINT fk_invoice_tenant_id, \
                 DROP CONSTRAINT fk_invoice_customer_id; \
                 ALTER TABLE invoice ALTER COLUMN tenant_id TYPE text";
    breaks_postgres(alter, "SHS001", &["of the type `text`"]).await;
}

#[tokio::test]
async fn a_key_without_the_tenant_is_found() {
    let create = "CREATE UNIQUE INDEX one_number ON invoice (id, number)";
    breaks_postgres(create, "SHS002", &["`one_number`", "`invoice`"]).await;
    breaks_sqlite(create, "SHS002", &["`one_number`", "`invoice`"]).await;
    breaks_mariadb(create, "SHS002", &["`one_number`", "`invoice`"]).await;
    let within = "CREATE UNIQUE INDEX included ON invoice (id) INCLUDE (tenant_id)";
    breaks_postgres(within, "SHS002", &["`included`"]).await;
}

#[tokio::test]
async fn a_table_without_an_index_of_the_tenant_is_found() {
    let drop = "ALTER TABLE invoice DROP CONSTRAINT invoice_pkey; DROP INDEX invoice_number";
    breaks_postgres(drop, "SHS003", &["no index of `invoice`"]).await;
    let drop = "ALTER TABLE invoice DROP FOREIGN KEY fk_invoice_tenant_id, \
                DROP FOREIGN KEY fk_invoice_customer_id; \
                ALTER TABLE invoice DROP PRIMARY KEY, DROP INDEX invoice_number, \
                DROP INDEX IF EXISTS fk_invoice_customer_id";
    breaks_mariadb(drop, "SHS003", &["no index of `invoice`"]).await;
}

#[tokio::test]
async fn a_reference_across_tenants_is_found() {
    let mariadb = "ALTER TABLE invoice ADD CONSTRAINT across FOREIGN KEY (customer_id) \
                   REFERENCES customer (id)";
    breaks_mariadb(mariadb, "SHS004", &["`across`", "`customer`"]).await;
    let postgres = "CREATE UNIQUE INDEX customer_key ON customer (id); \
                    ALTER TABLE invoice ADD CONSTRAINT across FOREIGN KEY (customer_id) \
                    REFERENCES customer (id)";
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    sea_orm::ConnectionTrait::execute_unprepared(&raw, postgres).await.unwrap();
    let report = tenancy_core::testing::checking::check(set_up, world.database()).await;
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["SHS002", "SHS004"], "{}", report.findings);
    let sqlite = "ALTER TABLE invoice ADD COLUMN other integer REFERENCES customer (id)";
    breaks_sqlite(sqlite, "SHS004", &["`invoice`", "`customer`"]).await;
}

#[tokio::test]
async fn a_view_with_its_owners_rights_is_found() {
    let view = "CREATE SCHEMA reports; CREATE VIEW reports.all_notes AS SELECT * FROM customer";
    breaks_postgres(view, "SHS005", &["`reports.all_notes`", "`customer`"]).await;
    let stored = "CREATE SCHEMA reports; \
                  CREATE MATERIALIZED VIEW reports.totals AS SELECT sum(total) FROM invoice";
    breaks_postgres(stored, "SHS005", &["materialized", "`invoice`"]).await;
    let invoker = "CREATE SCHEMA reports; CREATE VIEW reports.mine \
                   WITH (security_invoker = true) AS SELECT * FROM customer; \
                   CREATE TABLE stray (id integer PRIMARY KEY)";
    breaks_postgres(invoker, "DBS002", &["`stray`"]).await;
}

#[tokio::test]
async fn a_function_with_its_owners_rights_is_found() {
    let create = "CREATE FUNCTION everyone() RETURNS bigint LANGUAGE sql SECURITY DEFINER \
                  AS 'SELECT count(*) FROM public.customer'";
    breaks_postgres(create, "SHS006", &["`public.everyone`", "`customer`"]).await;
    let atomic = "CREATE FUNCTION everyone() RETURNS bigint LANGUAGE sql SECURITY DEFINER \
                  BEGIN ATOMIC SELECT count(*) FROM public.customer; END";
    breaks_postgres(atomic, "SHS006", &["`public.everyone`", "`customer`"]).await;
}

#[tokio::test]
async fn a_schema_of_the_other_strategy_is_found() {
    let create = "CREATE SCHEMA t_acme; CREATE TABLE t_acme.customer (id integer); \
                  CREATE TABLE t_acme.seaql_migrations (version text)";
    breaks_postgres(create, "SHS007", &["`t_acme`", "`customer`"]).await;
}

/// The role may connect and read the catalog, and nothing of the registry.
#[tokio::test]
async fn a_missing_permission_is_found() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let role = format!("stranger_{}", &world.acme.id.to_string()[24..]);
    let execute = |sql: String| {
        let raw = &raw;
        async move { sea_orm::ConnectionTrait::execute_unprepared(raw, &sql).await }
    };
    execute(format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    let (scheme, rest) = world.database().url().split_once("://").unwrap();
    let (_, server) = rest.split_once('@').unwrap();
    let Setup { config, strategy, .. } = set_up(&format!("{scheme}://{role}@{server}"), None);
    let report = tenancy_core::Tenancy::check_database(&config, strategy, world::base()).await;
    // A role belongs to the server, so it goes before anything is asserted.
    execute(format!("DROP ROLE {role}")).await.unwrap();
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["DBS001"], "{}", report.findings);
    assert!(report.findings.to_string().contains("permission denied"), "{}", report.findings);
}
