//! An application as it was before it had tenants, and its tables as tenant migrations.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Schema,
    sea_query::{
        ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement,
        Table, TableCreateStatement, extension::postgres::Type,
    },
};
use sea_orm_migration::{
    SchemaManager,
    schema::{enumeration, integer, integer_null, json, pk_auto, string, text_null},
};

use crate::{
    Dialect, MigrationSets, Result, TenantSchema,
    testing::{Written, world},
};

/// The name of the migration that [`sets_with_note`] adds.
pub(super) const LATER: &str = "m20260301_000001_add_note";

/// Where a foreign key may lead to the table of all tenants.
fn team(refers: bool) -> TableCreateStatement {
    let mut team = Table::create()
        .table("team")
        .col(pk_auto("id"))
        .col(string("name"))
        .col(integer_null("lead_id"))
        .col(string("currency"))
        .take();
    if refers {
        let key = ForeignKey::create().from("team", "currency").to("currency", "code").take();
        team.foreign_key(&mut key.clone().name("team_currency_fk").take());
    }
    team
}

fn person() -> TableCreateStatement {
    let mut parent = ForeignKey::create().name("person_parent_fk").take();
    let mut team = ForeignKey::create().name("person_team_fk").take();
    team.from("person", "team_id").to("team", "id").on_delete(ForeignKeyAction::Cascade);
    Table::create()
        .table("person")
        .col(pk_auto("id"))
        .col(integer("team_id"))
        .col(integer_null("parent_id"))
        .col(string("email"))
        .col(enumeration("mood", "mood", ["glad", "sad"]).default("glad"))
        .col(json("tags"))
        .foreign_key(&mut team)
        .foreign_key(parent.from("person", "parent_id").to("person", "id"))
        .take()
}

fn person_email() -> IndexCreateStatement {
    Index::create().name("person_email").table("person").col("email").unique().take()
}

/// Teams and persons refer to each other.
fn lead() -> ForeignKeyCreateStatement {
    ForeignKey::create().name("team_lead_fk").from("team", "lead_id").to("person", "id").take()
}

fn create(schema: &mut TenantSchema) -> Result<()> {
    schema.create_type(Type::create().as_enum("mood").values(["glad", "sad"]))?;
    schema.create_table(&team(schema.dialect() == Dialect::Postgres))?;
    schema.create_table(&person())?;
    schema.create_index(&person_email())
}

fn add_lead(schema: &mut TenantSchema) -> Result<()> {
    schema.create_foreign_key(&lead())
}

fn add_note(schema: &mut TenantSchema) -> Result<()> {
    schema.add_column("person", &text_null("note"))
}

/// The application with tenants, in the state that it was in without.
pub(super) fn sets() -> MigrationSets {
    MigrationSets {
        tenant: vec![
            Box::new(Written::new("m20260102_000001_create_teams", create)),
            Box::new(Written::new("m20260103_000001_add_lead", add_lead)),
        ],
        ..world::base()
    }
}

/// [`sets`], and one migration more.
pub(super) fn sets_with_note() -> MigrationSets {
    let mut sets = sets();
    sets.tenant.push(Box::new(Written::new(LATER, add_note)));
    sets
}

const ROWS: [&str; 8] = [
    "INSERT INTO currency (code, name) VALUES ('USD', 'Dollar')",
    "INSERT INTO team (name, currency) VALUES ('red', 'EUR'), ('blue', 'USD'), ('gone', 'EUR')",
    "DELETE FROM team WHERE name = 'gone'",
    "INSERT INTO person (team_id, email, mood, tags) VALUES (1, 'ann@example.com', 'sad', '[1]')",
    "INSERT INTO person (team_id, parent_id, email, tags) VALUES (1, 1, 'bob@example.com', '{}')",
    "INSERT INTO person (team_id, parent_id, email, tags) VALUES (2, 2, 'eve@example.com', '[]')",
    "INSERT INTO person (team_id, parent_id, email, tags) VALUES (2, 1, 'joe@example.com', '[2]')",
    "UPDATE team SET lead_id = id",
];

/// Makes the tables as the application made them, with rows. On PostgreSQL with the keys that
/// SeaORM wrote before 2.0.
pub(super) async fn former(database: &DatabaseConnection) {
    let manager = SchemaManager::new(database);
    for migration in world::base().shared {
        migration.up(&manager).await.unwrap();
    }
    if database.get_database_backend() == DbBackend::Postgres {
        for sql in [
            "CREATE TYPE mood AS ENUM ('glad', 'sad')",
            "CREATE TABLE team (id serial PRIMARY KEY, name varchar NOT NULL, lead_id integer, \
             currency varchar NOT NULL CONSTRAINT former_name REFERENCES currency (code))",
        ] {
            database.execute_unprepared(sql).await.unwrap();
        }
        manager.create_table(person()).await.unwrap();
        manager.create_foreign_key(lead()).await.unwrap();
    } else {
        let mut team = team(false);
        manager.create_table(team.foreign_key(&mut lead()).take()).await.unwrap();
        manager.create_table(person()).await.unwrap();
    }
    manager.create_index(person_email()).await.unwrap();
    for sql in ROWS {
        database.execute_unprepared(sql).await.unwrap();
    }
    let schema = Schema::new(database.get_database_backend());
    let ledger = schema.create_table_from_entity(sea_orm_migration::seaql_migrations::Entity);
    database.execute(&ledger).await.unwrap();
    let entry = "INSERT INTO seaql_migrations (version, applied_at) \
                 VALUES ('m20220101_000001_create_all', 1640995200)";
    database.execute_unprepared(entry).await.unwrap();
}
