//! A tenant with the rows of another, and places that belong to nobody.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

const DUPLICATE: [&str; 6] =
    ["tenant", "duplicate", "acme", "copy", "--domain", "copy.example.com"];

fn titles(world: &World, slug: &str) -> String {
    let sql = "SELECT title FROM note ORDER BY title";
    world.notes(&Notes::NOW, &["exec", "--tenant", slug, "--", sql]).succeeded().stdout
}

fn world(backend: TestBackend, strategy: &'static str) -> Option<World> {
    let world = World::new(backend, strategy)?.with_tenants(&Notes::NOW);
    let sql = "INSERT INTO note (title) VALUES ('first'), ('second')";
    let args = ["exec", "--tenant", "acme", "--write", "--", sql];
    world.notes(&Notes::NOW, &args).succeeded();
    Some(world)
}

#[test]
fn a_tenant_gets_the_rows_of_another() {
    for strategy in STRATEGIES {
        for backend in TestBackend::ALL {
            let Some(world) = world(backend, strategy) else { continue };
            if backend == TestBackend::Sqlite && strategy == "shared-schema" {
                world.notes(&Notes::NOW, &DUPLICATE).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR132]: the tenant was not copied: on SQLite keys are given out to all tenants of a table together, and a copy would need the same ones
  hint: nothing was done; `tenancy tenant create` makes a tenant without rows

"#]]);
                continue;
            }
            world.notes(&Notes::NOW, &DUPLICATE).is(str![[r#"
exit 0
--- stdout
TABLE  ROWS
note   2
--- stderr
made the tenant `copy` of `acme`

"#]]);
            assert!(titles(&world, "copy").contains("second"));
            world.tenancy(&["tenant", "orphan", "list"]).is(str![[r#"
exit 0
--- stdout
--- stderr
no orphans

"#]]);
        }
    }
}

#[test]
fn a_place_of_nobody_is_mended() {
    for backend in TestBackend::ALL {
        let Some(world) = world(backend, "schema-per-tenant") else { continue };
        let shown = world.tenancy(&["tenant", "show", "acme", "--format", "json"]).succeeded();
        let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
        let place = shown["physical_name"].as_str().unwrap();
        world.execute("DELETE FROM tenants_domain WHERE domain = 'acme.example.com'");
        world.execute("DELETE FROM tenants_tenant WHERE slug = 'acme'");
        let listed = world.tenancy(&["tenant", "orphan", "list"]).succeeded();
        assert_eq!(listed.stdout.trim(), place);
        let json = world.tenancy(&["tenant", "orphan", "list", "--format", "json"]).succeeded();
        assert_eq!(json.stdout.trim(), format!("{{\"place\":\"{place}\"}}"));
        let adopt = ["tenant", "orphan", "adopt", place, "found", "--domain", "found.example.com"];
        world.notes(&Notes::NOW, &adopt).succeeded();
        assert!(titles(&world, "found").contains("second"));
        let refused = world.tenancy(&["tenant", "orphan", "remove", place, "--yes"]);
        assert!(refused.code == 2 && refused.stderr.contains("COR133"), "{refused}");

        world.execute("DELETE FROM tenants_domain WHERE domain = 'found.example.com'");
        world.execute("DELETE FROM tenants_tenant WHERE slug = 'found'");
        let asked = world.tenancy(&["tenant", "orphan", "remove", place]);
        assert!(asked.code == 2 && asked.stderr.contains("nothing brings them back"), "{asked}");
        world.tenancy(&["tenant", "orphan", "remove", place, "--yes"]).succeeded();
        assert_eq!(world.tenancy(&["tenant", "orphan", "list"]).succeeded().stdout, "");
    }
}
