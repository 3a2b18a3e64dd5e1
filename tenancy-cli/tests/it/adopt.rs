//! An application without tenants gets its first one, by the application's own command.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

const ADOPT: [&str; 5] = ["tenant", "adopt", "acme", "--domain", "acme.example.com"];

/// The database of the application as it was.
fn former(backend: TestBackend, strategy: &'static str) -> Option<World> {
    let world = World::new(backend, strategy)?;
    let key = if backend == TestBackend::Postgres {
        "serial PRIMARY KEY"
    } else {
        "integer NOT NULL PRIMARY KEY AUTOINCREMENT"
    };
    world.execute(&format!("CREATE TABLE plan (id {key}, price integer NOT NULL)"));
    world.execute(&format!("CREATE TABLE note (id {key}, title varchar NOT NULL)"));
    world.execute("INSERT INTO plan (price) VALUES (10)");
    world.execute("INSERT INTO note (title) VALUES ('one'), ('two'), ('three')");
    world.execute("CREATE TABLE seaql_migrations (version varchar PRIMARY KEY, applied_at bigint)");
    world.execute("INSERT INTO seaql_migrations VALUES ('m20200101_000001_all', 1577836800)");
    Some(world)
}

fn adopts(backend: TestBackend, strategy: &'static str) {
    let Some(world) = former(backend, strategy) else { return };
    world.notes(&Notes::NOW, &ADOPT).is(str![[r#"
exit 0
--- stdout
TABLE  ROWS
note   3
--- stderr
shared migrations count as applied: m20260101_000001_create_plans
tenant migrations count as applied: m20260102_000001_create_notes
migrations of before are kept in `tenants_former_migration`: m20200101_000001_all
adopted the tables as those of the tenant `acme`

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
    world.notes(&Notes::NOW, &["migrate", "verify"]).succeeded();
    world.notes(&Notes::NOW, &["tenant", "list"]).is(str![[r#"
exit 0
--- stdout
SLUG  NAME  STATUS  NEWEST MIGRATION
acme  acme  active  m20260103_000001_add_done
--- stderr

"#]]);
}

#[test]
fn the_tables_of_an_application_become_its_first_tenants() {
    for strategy in STRATEGIES {
        for backend in [TestBackend::Sqlite, TestBackend::Postgres] {
            adopts(backend, strategy);
        }
    }
}

#[test]
fn what_stands_in_the_way_is_named() {
    let world = former(TestBackend::Sqlite, "shared-schema").unwrap();
    world.execute("CREATE TABLE stray (id integer)");
    world.notes(&Notes::NOW, &ADOPT).is(str![[r#"
exit 2
--- stdout
--- stderr
error[MIG133]: the existing tables cannot become a tenant's: no migration makes `stray`: write a migration for it, drop it, or say that it is to be left (`--leave`)
  hint: nothing was changed; mend it and adopt the tables then

"#]]);
    world.tenancy(&ADOPT).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI101]: `tenant adopt` needs the migrations of the project, which this program does not have
  hint: run it with the project's own binary, the one whose `main` calls `tenancy_cli::run`

"#]]);
    let leave: Vec<&str> =
        ADOPT.into_iter().chain(["--leave", "stray", "--format", "json"]).collect();
    world.notes(&Notes::NOW, &leave).is(str![[r#"
exit 0
--- stdout
{"tenant":{"id":"[ID]","slug":"acme","name":"acme","status":"active","generation":1,"physical_name":"t_acme_[PLACE]","settings":{},"migration_head":"m20260102_000001_create_notes","created_at":"[INSTANT]","updated_at":"[INSTANT]"},"tables":[{"name":"note","rows":3}],"migrations":["m20260102_000001_create_notes"],"shared":["m20260101_000001_create_plans"],"former":["m20200101_000001_all"]}
--- stderr

"#]]);
    world.notes(&Notes::NOW, &ADOPT).is(str![[r#"
exit 2
--- stdout
--- stderr
error[MIG133]: the existing tables cannot become a tenant's: there are tenants in the same tables already
  hint: nothing was changed; mend it and adopt the tables then

"#]]);
}
