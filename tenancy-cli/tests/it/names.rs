//! Names of tenants at the border of what is allowed: what is accepted is served, and nobody else's.

use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

/// Words of SQL, the longest one, and those that other databases or file systems would confuse.
fn accepted() -> Vec<String> {
    let longest = format!("a{}", "b".repeat(62));
    let same_beginning = format!("a{}c", "b".repeat(61));
    let words = ["select", "table", "order", "user", "null", "a", "x1", "a-b", "a-b-c", "con"];
    words.into_iter().map(str::to_owned).chain([longest, same_beginning]).collect()
}

#[test]
fn names_that_are_accepted_are_served() {
    for strategy in STRATEGIES {
        for backend in TestBackend::ALL {
            let Some(world) = World::new(backend, strategy) else { continue };
            world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
            for (at, slug) in accepted().iter().enumerate() {
                let domain = format!("t{at}.example.com");
                let create = ["tenant", "create", slug, "--domain", &domain];
                world.notes(&Notes::NOW, &create).succeeded();
                let sql = format!("INSERT INTO note (title) VALUES ('of {slug}')");
                let add = ["exec", "--tenant", slug, "--write", "--", &sql];
                world.notes(&Notes::NOW, &add).succeeded();
            }
            let sql = "SELECT title FROM note";
            let shown = world.notes(&Notes::NOW, &["exec", "--tenant", "*", "--", sql]).succeeded();
            assert_eq!(shown.stdout.lines().count(), accepted().len() + 1, "{shown}");
            for slug in accepted() {
                assert!(shown.stdout.contains(&format!(" of {slug}\n")), "{shown}");
            }
        }
    }
}

/// A name is one name in whatever case, and what differs in case only is no name.
#[test]
fn a_name_is_not_taken_by_renaming_either() {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::NOW);
    for slug in ["Acme", "ACME", "123", "9lives", "globex"] {
        let renamed = world.tenancy(&["tenant", "rename", "acme", "--slug", slug]);
        assert_eq!(renamed.code, 2, "{renamed}");
    }
    world.tenancy(&["tenant", "rename", "acme", "--slug", "acme"]).succeeded();
    world.tenancy(&["tenant", "rename", "acme", "--slug", "acme-2"]).succeeded();
    // What it was called is free, and leads to nothing of what it had.
    let create = ["tenant", "create", "acme", "--domain", "new.example.com"];
    world.notes(&Notes::NOW, &create).succeeded();
    let sql = "SELECT count(*) AS notes FROM note";
    world.notes(&Notes::NOW, &["exec", "--tenant", "acme*", "--", sql]).succeeded();
}
