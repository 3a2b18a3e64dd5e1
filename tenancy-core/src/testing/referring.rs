//! Rows that refer to rows of their own table and in a circle, and what becomes of them when those go,
//! proven under a strategy on real databases.
//!
//! [`referring_suite!`](crate::referring_suite) makes a test of each function.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::{
    MigrationName,
    schema::{integer, integer_null, pk_auto, string},
    sea_query::{ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Table},
};

use super::{
    TestBackend, TestDatabase,
    world::{SetUp, connect, new_tenant},
};
use crate::{
    Error, MigrateOptions, MigrationSets, Result, TenantConnection, TenantDdl, TenantMigration,
    TenantSchema,
};

/// Makes a test of each function of this module, for each database.
#[macro_export]
macro_rules! referring_suite {
    ($set_up:path) => {
        $crate::referring_suite!(@on_each_database, $set_up);
    };
    ($set_up:path, mariadb) => {
        $crate::referring_suite!(@on_mariadb, $set_up);
    };
    (@$on:ident, $set_up:path) => {
        $crate::$on!(
            referring,
            $set_up,
            what_goes_takes_its_own_along,
            circles_are_within_a_tenant,
            only_what_can_be_kept_is_taken,
        );
    };
}

fn key(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from(table, column).to(to, "id");
    key
}

/// Teams of persons, each with a mentor among the persons.
struct Persons {
    on_mentor: ForeignKeyAction,
}

impl MigrationName for Persons {
    fn name(&self) -> &str {
        "m20260101_000001_create_persons"
    }
}

impl TenantMigration for Persons {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema
            .create_table(Table::create().table("team").col(pk_auto("id")).col(string("name")))?;
        let mut team = key("person", "team_id", "team");
        team.on_delete(ForeignKeyAction::Cascade);
        let mut mentor = key("person", "mentor_id", "person");
        mentor.on_delete(self.on_mentor);
        schema.create_table(
            Table::create()
                .table("person")
                .col(pk_auto("id"))
                .col(integer("team_id"))
                .col(integer_null("mentor_id"))
                .foreign_key(&mut team)
                .foreign_key(&mut mentor),
        )
    }
}

/// Each team has a lead among the persons, who are in teams.
struct Leads;

impl MigrationName for Leads {
    fn name(&self) -> &str {
        "m20260102_000001_add_leads"
    }
}

impl TenantMigration for Leads {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.alter_table(Table::alter().table("team").add_column(integer_null("lead_id")))?;
        let mut lead = key("team", "lead_id", "person");
        schema.create_foreign_key(lead.name("fk_team_lead"))
    }
}

fn sets(on_mentor: ForeignKeyAction, with_leads: bool) -> MigrationSets {
    let mut tenant: Vec<Box<dyn TenantMigration>> = vec![Box::new(Persons { on_mentor })];
    if with_leads {
        tenant.push(Box::new(Leads));
    }
    MigrationSets { tenant, ..MigrationSets::default() }
}

async fn tenants(
    database: &TestDatabase,
    set_up: SetUp,
    sets: MigrationSets,
) -> Result<[TenantConnection; 2]> {
    let tenancy = connect(set_up, database, sets).await?;
    let report = tenancy.migrate(&MigrateOptions::default(), |_| {}).await?;
    assert_eq!(report.failures().count(), 0, "{report:?}");
    let mut connections = Vec::new();
    for name in ["acme", "globex"] {
        let tenant = tenancy.create_tenant(&new_tenant(name)).await?;
        let connection = tenancy.connection(&tenant).await?;
        for sql in [
            "INSERT INTO team (name) VALUES ('red'), ('blue')",
            "INSERT INTO person (team_id) SELECT id FROM team",
            "UPDATE person SET mentor_id = (SELECT min(id) FROM person)",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        connections.push(connection);
    }
    Ok(connections.try_into().unwrap())
}

async fn count(connection: &TenantConnection, what: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {what}");
    let count = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Rows go along with what they refer to, or lose the reference, of one tenant and no other.
pub async fn what_goes_takes_its_own_along(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let sets = sets(ForeignKeyAction::Cascade, false);
    let [acme, globex] = tenants(&database, set_up, sets).await.unwrap();
    // The first person is everybody's mentor, also its own.
    let delete = "DELETE FROM team WHERE name = 'red'";
    acme.execute_unprepared(delete).await.unwrap();
    assert_eq!((count(&acme, "team").await, count(&acme, "person").await), (1, 0));
    assert_eq!((count(&globex, "team").await, count(&globex, "person").await), (2, 2));
}

/// Tables that refer to each other do so within a tenant, whose rows can be removed.
pub async fn circles_are_within_a_tenant(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let sets = sets(ForeignKeyAction::Cascade, true);
    let [acme, globex] = tenants(&database, set_up, sets).await.unwrap();
    let lead = "UPDATE team SET lead_id = (SELECT max(id) FROM person)";
    acme.execute_unprepared(lead).await.unwrap();
    globex.execute_unprepared(lead).await.unwrap();
    let nobody = "UPDATE team SET lead_id = 1000000";
    acme.execute_unprepared(nobody).await.unwrap_err();
    // The last person leads every team, and cannot go.
    acme.execute_unprepared("DELETE FROM person").await.unwrap_err();
    acme.execute_unprepared("UPDATE team SET lead_id = NULL").await.unwrap();
    acme.execute_unprepared("DELETE FROM person").await.unwrap();
    assert_eq!(count(&acme, "person").await, 0);
    assert_eq!(count(&globex, "team WHERE lead_id IS NOT NULL").await, 2);
}

/// A reference is set to null without its tenant, or refused where the database cannot do that.
pub async fn only_what_can_be_kept_is_taken(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let setup = set_up(database.url(), database.directory());
    let is_kept =
        backend == TestBackend::Postgres || setup.strategy.tenant_ddl() == TenantDdl::PerTenant;
    match tenants(&database, set_up, sets(ForeignKeyAction::SetNull, false)).await {
        Ok([acme, globex]) => {
            assert!(is_kept);
            let first = "DELETE FROM person WHERE id = (SELECT min(id) FROM person)";
            acme.execute_unprepared(first).await.unwrap();
            assert_eq!(count(&acme, "person WHERE mentor_id IS NULL").await, 1);
            assert_eq!(count(&globex, "person WHERE mentor_id IS NOT NULL").await, 2);
        }
        Err(Error::UnsupportedDefinition { .. }) => assert!(!is_kept),
        Err(other) => unreachable!("{}", other.with_sources()),
    }
}
