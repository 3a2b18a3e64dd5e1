//! Database roles, by the application's own command.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{notes::Notes, world::World};

#[test]
fn roles_need_an_owner_of_their_own() {
    let Some(world) = World::new(TestBackend::Postgres, "shared-schema") else { return };
    let refused = world.notes(&Notes::NOW, &["db", "roles", "--print"]);
    let text = refused.to_string();
    assert!(text.starts_with("exit 2"), "{text}");
    assert!(text.contains("error[COR128]"), "{text}");
}

#[test]
fn sqlite_has_no_roles() {
    let world = World::sqlite("shared-schema");
    world.notes(&Notes::NOW, &["db", "roles", "--print"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR129]: Sqlite has no roles
  hint: there, who may read the file may read all of it

"#]]);
    world.notes(&Notes::NOW, &["db", "roles"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: the following required arguments were not provided:
  <--print|--apply>

Usage: notes db roles <--print|--apply>

For more information, try '--help'.

"#]]);
}

#[test]
fn the_statements_are_printed() {
    let Some(world) = World::new(TestBackend::Postgres, "schema-per-tenant") else { return };
    world.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenancy_test_cli_owner') \
         THEN CREATE ROLE tenancy_test_cli_owner LOGIN; END IF; END $$",
    );
    let file = world.owned_by("tenancy_test_cli_owner");
    let args = ["db", "roles", "--print", "--config", file.to_str().unwrap()];
    let printed = world.notes(&Notes::NOW, &args).succeeded().to_string();
    let defaults = "ALTER DEFAULT PRIVILEGES FOR ROLE \"tenancy_test_cli_owner\" \
                    GRANT USAGE ON SCHEMAS TO ";
    assert!(printed.contains(defaults), "{printed}");
    assert!(!printed.contains("CREATE ROLE"), "{printed}");
}
