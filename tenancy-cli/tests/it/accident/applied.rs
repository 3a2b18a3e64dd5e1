//! The database on which the first half of the accident was applied, and the way out of it.
//!
//! The migrations are those of the fixture, run by SeaORM's own migrator as its application did.

use std::{collections::BTreeMap, sync::Arc};

use sea_orm::DatabaseConnection;
use sea_orm_migration::{
    prelude::*,
    schema::{integer, pk_auto, string, string_null},
};
use tenancy_cli::Application;
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy, TenantMigration, TenantSchema,
    config::{Config, StrategyKeys},
    testing::TestBackend,
};

use super::fixture;
use crate::{
    notes::Notes,
    program::Ended,
    world::{STRATEGIES, World},
};

fn unchanged() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(fixture::m0001_create_plan::Migration),
        Box::new(fixture::m0002_create_client::Migration),
        Box::new(fixture::m0003_add_plan_price::Migration),
    ]
}

fn half_in() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = unchanged();
    all.push(Box::new(fixture::m0004_add_schema_name_and_domain_model::Migration));
    all.push(Box::new(fixture::m0004_client_domain::Migration));
    all.push(Box::new(fixture::m0005_merge::Migration));
    all
}

/// The migrator from before there were two sets.
struct OwnMigrator;

impl MigratorTrait for OwnMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        half_in()
    }
}

/// The application, before and after the hints about its migrations were followed.
struct Accident {
    is_mended: bool,
}

impl Application for Accident {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        Notes::NOW.known_strategies()
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        Notes::NOW.strategy(config)
    }

    fn migrations(&self) -> MigrationSets {
        if !self.is_mended {
            let tenant: Vec<Box<dyn TenantMigration>> =
                vec![Box::new(fixture::m0006_create_note::Migration)];
            return MigrationSets { shared: half_in(), tenant, ..MigrationSets::default() };
        }
        let mut shared = unchanged();
        shared.push(Box::new(AddSchemaName));
        MigrationSets { shared, tenant: vec![Box::new(CreateNote)], ..MigrationSets::default() }
    }
}

/// What is left of `m0004_add_schema_name_and_domain_model` without the table of the framework.
struct AddSchemaName;

impl MigrationName for AddSchemaName {
    fn name(&self) -> &'static str {
        "m0005_add_schema_name"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "SeaORM's trait is declared so")]
impl MigrationTrait for AddSchemaName {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let client = Table::alter().table("client").add_column(string_null("schema_name")).take();
        manager.alter_table(client).await
    }
}

/// `m0006_create_note` without the tenant column.
struct CreateNote;

impl MigrationName for CreateNote {
    fn name(&self) -> &'static str {
        "m0004_create_note"
    }
}

impl TenantMigration for CreateNote {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create().table("note").col(pk_auto("id")).col(string("title")).col(integer("n")),
        )
    }
}

/// Applies what the migrator got through: the second of the two 0004 fails on the first one's table.
async fn apply(database: DatabaseConnection) {
    OwnMigrator::up(&database, Some(4)).await.unwrap();
    let second = OwnMigrator::up(&database, Some(1)).await.unwrap_err();
    assert!(second.to_string().contains("tenants_domain"), "{second}");
    let rows = "INSERT INTO plan (name, price) VALUES ('basic', 10); \
                INSERT INTO client (name) VALUES ('Acme'); \
                INSERT INTO tenants_domain (domain, tenant_id) VALUES ('acme.example.com', 1); \
                CREATE TABLE django_migrations (id serial PRIMARY KEY, app text)";
    database.execute_unprepared(rows).await.unwrap();
}

fn half_applied(strategy: &'static str) -> Option<World> {
    let world = World::new(TestBackend::Postgres, strategy)?;
    world.with_connection(apply);
    Some(world)
}

fn check(world: &World, app: &Accident) -> Ended {
    world.command(app, &["check", "--database", "--format", "json"])
}

/// How many findings there are of each code, each with its place.
fn found(world: &World, app: &Accident) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in check(world, app).stdout.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let place = finding["source"]["name"].as_str().unwrap_or("-");
        let key = format!("{} {place}", finding["code"].as_str().unwrap());
        *found.entry(key).or_default() += 1;
    }
    found
}

#[test]
fn every_part_of_the_database_is_reported_once() {
    for strategy in STRATEGIES {
        let Some(world) = half_applied(strategy) else { return };
        let found = found(&world, &Accident { is_mended: false });
        let database: Vec<(&str, usize)> = found
            .iter()
            .filter(|(key, _)| key.starts_with("DBS"))
            .map(|(key, count)| (key.as_str(), *count))
            .collect();
        let expected = [
            ("DBS002 client", 1),
            ("DBS002 plan", 1),
            ("DBS005 django_migrations", 1),
            ("DBS010 tenants_domain", 1),
            ("DBS011 seaql_migrations", 1),
        ];
        assert_eq!(database, expected, "{strategy}");
        assert!(found.keys().any(|key| key.starts_with("SET002")), "{found:?}");
        assert!(found.values().all(|count| *count == 1), "{found:?}");
    }
}

/// Does what the hint of a finding says.
const MENDS: &[(&[&str], &str)] = &[
    // "move it into a schema of its own, migrate, and bring its rows into the registry"
    (
        &["DBS010 tenants_domain"],
        "CREATE SCHEMA before; ALTER TABLE tenants_domain SET SCHEMA before",
    ),
    // "move the tables that they made away, delete these entries"
    (
        &["DBS011 seaql_migrations", "DBS002 client", "DBS002 plan"],
        "ALTER TABLE client SET SCHEMA before; ALTER TABLE plan SET SCHEMA before; \
         DELETE FROM seaql_migrations",
    ),
    // "adopt what is to be kept, and drop it"
    (&["DBS005 django_migrations"], "DROP TABLE django_migrations"),
];

#[test]
fn following_the_hints_leads_to_a_clean_database() {
    let mended = Accident { is_mended: true };
    for strategy in STRATEGIES {
        let Some(world) = half_applied(strategy) else { return };
        for (codes, sql) in MENDS {
            let before = found(&world, &mended);
            for code in *codes {
                assert!(before.contains_key(*code), "{code} is not found: {before:?}");
            }
            world.execute(sql);
            let after = found(&world, &mended);
            for code in *codes {
                assert!(!after.contains_key(*code), "{code} stays: {after:?}");
            }
        }
        is_clean(&world, &mended);
        // "run `tenancy migrate up`, and bring the rows over"
        world.command(&mended, &["migrate", "up"]).succeeded();
        let domain = ["tenant", "create", "acme", "--domain", "acme.example.com"];
        world.command(&mended, &domain).succeeded();
        world.execute(
            "INSERT INTO plan SELECT * FROM before.plan; \
             INSERT INTO client SELECT * FROM before.client; DROP SCHEMA before CASCADE; \
             DO $$ BEGIN PERFORM 1 / (SELECT count(*) FROM plan WHERE name = 'basic'); END $$",
        );
        is_clean(&world, &mended);
        let verified = world.command(&mended, &["migrate", "verify"]).succeeded();
        assert_eq!(verified.stdout, "", "{verified}");
    }
}

#[test]
fn the_mended_application_migrates_from_empty() {
    let mended = Accident { is_mended: true };
    for strategy in STRATEGIES {
        let Some(world) = World::new(TestBackend::Postgres, strategy) else { return };
        world.command(&mended, &["migrate", "up"]).succeeded();
        let domain = ["tenant", "create", "acme", "--domain", "acme.example.com"];
        world.command(&mended, &domain).succeeded();
        is_clean(&world, &mended);
    }
}

#[track_caller]
fn is_clean(world: &World, app: &Accident) {
    let ended = world.command(app, &["check", "--database", "--deny-unclassified"]);
    assert_eq!(ended.to_string(), "exit 0\n--- stdout\n--- stderr\nnothing found\n");
}
