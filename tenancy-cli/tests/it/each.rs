//! A statement, or a program, for each of some tenants.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    program::Ended,
    world::{STRATEGIES, World},
};

fn exec(world: &World, args: &[&str]) -> Ended {
    world.notes(&Notes::NOW, &[&["exec"], args].concat())
}

fn add(world: &World, slug: &str, title: &str) {
    let sql = format!("INSERT INTO note (title) VALUES ('{title}')");
    exec(world, &["--tenant", slug, "--write", "--", &sql]).succeeded();
}

fn filled(world: World) -> World {
    let world = world.with_tenants(&Notes::NOW);
    for (slug, title) in [("acme", "anvil"), ("acme", "rope"), ("globex", "map")] {
        add(&world, slug, title);
    }
    world
}

#[test]
fn every_tenant_answers_with_its_own_rows() {
    for strategy in STRATEGIES {
        for backend in TestBackend::ALL {
            let Some(world) = World::new(backend, strategy).map(filled) else { continue };
            let sql = "SELECT title, done FROM note ORDER BY title";
            exec(&world, &["--tenant", "*", "--", sql]).is(str![[r#"
exit 0
--- stdout
TENANT  title  done
acme    anvil  false
acme    rope   false
globex  map    false
--- stderr
2 tenants, 0 failed

"#]]);
            let json = ["--tenant", "*", "--exclude", "globex", "--format", "json", "--", sql];
            exec(&world, &json).is(str![[r#"
exit 0
--- stdout
{"rows":[{"done":false,"title":"anvil"},{"done":false,"title":"rope"}],"tenant":"acme"}
--- stderr

"#]]);
        }
    }
}

#[test]
fn what_is_computed_is_shown() {
    for backend in TestBackend::ALL {
        let Some(world) = World::new(backend, "shared-schema").map(filled) else { continue };
        let sql = "SELECT count(*) AS notes, max(title) AS last, NULL AS none, 1.5 + 1 AS half, \
                   count(*) > 1 AS many FROM note";
        let shown = exec(&world, &["--tenant", "*", "--format", "json", "--", sql]).succeeded();
        assert!(shown.stdout.starts_with(r#"{"rows":[{"#), "{shown}");
        assert!(shown.stdout.contains(r#""last":"rope""#), "{shown}");
        assert!(shown.stdout.contains(r#""notes":2"#), "{shown}");
        // PostgreSQL's numeric is exact, and no JSON number is: it stands as a text.
        let half =
            if backend == TestBackend::Postgres { r#""half":"2.5""# } else { r#""half":2.5"# };
        assert!(shown.stdout.contains(half), "{shown}");
        let shown = exec(&world, &["--tenant", "acme", "--", "SELECT 1.5 + 1 AS half"]).succeeded();
        assert!(shown.stdout.contains("2.5"), "{shown}");
    }
}

#[test]
fn rows_are_changed_only_where_it_is_said() {
    for strategy in STRATEGIES {
        let world = filled(World::sqlite(strategy));
        let delete = "DELETE FROM note";
        exec(&world, &["--tenant", "*", "--", delete]).is(str![[r#"
exit 1
--- stdout
--- stderr
error[CLI120]: acme: the statement changes rows
  hint: give it `--write` if it is to change rows
error[CLI120]: globex: the statement changes rows
  hint: give it `--write` if it is to change rows
2 tenants, 2 failed

"#]]);
        exec(&world, &["--tenant", "acme", "--write", "--", delete]).is(str![[r#"
exit 0
--- stdout
--- stderr
acme: 2 rows changed
1 tenant, 0 failed

"#]]);
        exec(&world, &["--tenant", "*", "--", "SELECT title FROM note"]).is(str![[r#"
exit 0
--- stdout
TENANT  title
globex  map
--- stderr
2 tenants, 0 failed

"#]]);
    }
}

#[test]
fn what_reads_changes_nothing_on_the_way() {
    for backend in TestBackend::ALL {
        let Some(world) = World::new(backend, "shared-schema").map(filled) else { continue };
        for sql in [
            "WITH gone AS (DELETE FROM note RETURNING title) SELECT title FROM gone",
            "WITH old AS (SELECT 1) DELETE FROM note",
            "SELECT title FROM note FOR UPDATE",
        ] {
            let refused = exec(&world, &["--tenant", "acme", "--", sql]);
            assert_eq!(refused.code, 1, "{refused}");
        }
        let left = exec(&world, &["--tenant", "acme", "--", "SELECT title FROM note"]);
        assert!(left.succeeded().stdout.contains("anvil"));
    }
}

#[test]
fn what_scoping_refuses_is_not_sent() {
    let world = filled(World::sqlite("shared-schema"));
    for sql in ["SELECT 1; DELETE FROM note", "SELECT tenant_id FROM note", "DROP TABLE note", ""] {
        for write in [&["--write"][..], &[]] {
            let args = [&["--tenant", "*"], write, &["--", sql]].concat();
            let refused = exec(&world, &args);
            assert_eq!(refused.code, 1, "{refused}");
            assert!(refused.stderr.contains("2 tenants, 2 failed"), "{refused}");
        }
    }
    exec(&world, &["--tenant", "*", "--", "SELECT * FROM tenants_tenant"]).is(str![[r#"
exit 1
--- stdout
--- stderr
error[SCO105]: acme: the table `tenants_tenant` belongs to the registry of tenants
  hint: use the registry, or `tenancy.central(reason)`
error[SCO105]: globex: the table `tenants_tenant` belongs to the registry of tenants
  hint: use the registry, or `tenancy.central(reason)`
2 tenants, 2 failed

"#]]);
}

#[test]
fn tenants_that_are_meant_have_to_be_there() {
    let world = filled(World::sqlite("shared-schema"));
    let select = |args: &[&str]| exec(&world, &[args, &["--", "SELECT 1"]].concat());
    select(&["--tenant", "initech"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `initech`
  hint: `tenancy tenant list` shows all tenants

"#]]);
    select(&["--tenant", "trial-*"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI122]: no tenant in service is meant
  hint: `tenancy tenant list` shows all tenants

"#]]);
    select(&["--tenant", "*", "--exclude", "*"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI122]: no tenant in service is meant
  hint: `tenancy tenant list` shows all tenants

"#]]);
    select(&["--tenant", "*", "--exclude", "initech"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `initech`
  hint: `tenancy tenant list` shows all tenants

"#]]);
    select(&["--tenant", "public"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR101]: `public` is not a valid slug: it is reserved
  hint: a slug looks like `acme` or `acme-2`, and is none of the framework's own names

"#]]);
    select(&[]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: the following required arguments were not provided:
  --tenant <PATTERN>

Usage: notes exec --tenant <PATTERN> -- <SQL>

For more information, try '--help'.

"#]]);
}

#[test]
fn tenants_out_of_service_are_left_out() {
    let world = filled(World::sqlite("shared-schema"));
    let select = |args: &[&str]| exec(&world, &[args, &["--", "SELECT 1"]].concat());
    world.tenancy(&["tenant", "suspend", "acme"]).succeeded();
    select(&["--tenant", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR103]: the tenant `acme` is suspended
  hint: `tenancy tenant resume` puts it back into service

"#]]);
    select(&["--tenant", "*"]).is(str![[r#"
exit 0
--- stdout
TENANT  1
globex  1
--- stderr
1 tenant, 0 failed

"#]]);
}

#[test]
fn a_program_is_told_its_tenant() {
    let world = filled(World::sqlite("shared-schema"));
    let run = |args: &[&str]| world.tenancy(&[&["run"], args].concat());
    let told = "echo $TENANCY_TENANT; echo to nobody >&2; test -n \"$TENANCY_TENANT_ID\"";
    run(&["--tenant", "*", "--", "/bin/sh", "-c", told]).is(str![[r#"
exit 0
--- stdout
acme: acme
globex: globex
--- stderr
acme: to nobody
globex: to nobody
2 tenants, 0 failed

"#]]);
    run(&["--tenant", "acme", "--format", "json", "--", "/bin/sh", "-c", "exit 3"]).is(str![[r#"
exit 1
--- stdout
{"exit":3,"stderr":"","stdout":"","tenant":"acme"}
--- stderr

"#]]);
    let some = "test $TENANCY_TENANT = acme";
    run(&["--tenant", "*", "--jobs", "1", "--", "/bin/sh", "-c", some]).is(str![[r#"
exit 1
--- stdout
--- stderr
globex: ended with the exit code 1
2 tenants, 1 failed

"#]]);
    run(&["--tenant", "acme", "--", "/none/of/these"]).is(str![[r#"
exit 1
--- stdout
--- stderr
error[CLI124]: acme: `/none/of/these` could not be started
  caused by: No such file or directory (os error 2)
1 tenant, 1 failed

"#]]);
    run(&["--tenant", "initech", "--", "/bin/sh"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `initech`
  hint: `tenancy tenant list` shows all tenants

"#]]);
    run(&["--tenant", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: the following required arguments were not provided:
  <COMMAND>...

Usage: tenancy run --tenant <PATTERN> -- <COMMAND>...

For more information, try '--help'.

"#]]);
}
