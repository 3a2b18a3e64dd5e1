//! Tenants are deleted, brought back, and removed for ever.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    program::Ended,
    world::{STRATEGIES, World},
};

fn delete(world: &World, args: &[&str]) -> Ended {
    world.notes(&Notes::NOW, &[&["tenant", "delete", "acme"], args].concat())
}

fn status(world: &World, slug: &str) -> String {
    let shown = world.tenancy(&["tenant", "show", slug, "--format", "json"]).succeeded();
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    shown["status"].as_str().unwrap().to_owned()
}

fn titles(world: &World, slug: &str) -> String {
    let sql = "SELECT title FROM note ORDER BY title";
    world.notes(&Notes::NOW, &["exec", "--tenant", slug, "--", sql]).succeeded().stdout
}

fn world(backend: TestBackend, strategy: &'static str) -> Option<World> {
    let world = World::new(backend, strategy)?.with_tenants(&Notes::NOW);
    for slug in ["acme", "globex"] {
        let sql = format!("INSERT INTO note (title) VALUES ('of {slug}')");
        let args = ["exec", "--tenant", slug, "--write", "--", &sql];
        world.notes(&Notes::NOW, &args).succeeded();
    }
    Some(world)
}

fn everywhere() -> impl Iterator<Item = World> {
    let all = STRATEGIES.into_iter().flat_map(|of| TestBackend::ALL.map(|backend| (backend, of)));
    all.filter_map(|(backend, strategy)| world(backend, strategy))
}

#[test]
fn a_deleted_tenant_is_brought_back_with_all_that_it_had() {
    for world in everywhere() {
        delete(&world, &["--yes"]).is(str![[r#"
exit 0
--- stdout
--- stderr
the tenant `acme` is taken out of service; its data is kept for 30 days, in which `notes tenant restore acme` brings it back
deleted the tenant `acme`; its data is kept until [TIME]

"#]]);
        assert_eq!(status(&world, "acme"), "deleted");
        // The time that is left does not depend on what is done to others.
        world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
        delete(&world, &["--yes"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI125]: the data of the tenant `acme` is kept until [TIME]
  hint: `tenancy tenant restore` brings it back; `--at-once` removes it without waiting

"#]]);
        world.tenancy(&["tenant", "restore", "acme"]).is(str![[r#"
exit 0
--- stdout
--- stderr
restored the tenant `acme`, which is suspended; `tenancy tenant resume acme` serves it again

"#]]);
        world.tenancy(&["tenant", "resume", "acme"]).succeeded();
        assert!(titles(&world, "acme").contains("of acme"));
    }
}

#[test]
fn a_removed_tenant_is_gone_and_its_neighbour_is_as_it_was() {
    for world in everywhere() {
        let neighbour = titles(&world, "globex");
        delete(&world, &["--at-once", "--yes"]).is(str![[r#"
exit 0
--- stdout
--- stderr
the tenant `acme`, which is in service is removed for ever: all its rows in `t_acme_[PLACE]`, 1 domains, 1 members; nothing brings them back
removed the tenant `acme` with its data

"#]]);
        assert_eq!(titles(&world, "globex"), neighbour);
        // A second time there is nothing left, and nothing else is touched.
        delete(&world, &["--at-once", "--yes"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `acme`
  hint: `tenancy tenant list` shows all tenants

"#]]);
        world.tenancy(&["tenant", "restore", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `acme`
  hint: `tenancy tenant list` shows all tenants

"#]]);
        // Slug and domains are free; what lies there is new.
        let args = ["tenant", "create", "acme", "--domain", "acme.example.com"];
        world.notes(&Notes::NOW, &args).succeeded();
        assert_eq!(titles(&world, "acme"), "");
    }
}

#[test]
fn a_grace_period_that_is_over_keeps_nothing() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    delete(&world, &["--yes"]).succeeded();
    world.execute(
        "UPDATE tenants_tenant SET updated_at = '2020-01-01 00:00:00+00:00' WHERE slug = 'acme'",
    );
    delete(&world, &["--yes"]).is(str![[r#"
exit 0
--- stdout
--- stderr
the tenant `acme` is removed for ever: all its rows in `t_acme_[PLACE]`, 1 domains, 1 members; nothing brings them back
removed the tenant `acme` with its data

"#]]);
    assert_eq!(world.tenancy(&["tenant", "list"]).stdout.lines().count(), 2);
}

/// What the domains are gone of may be gone in part, so there is no way back.
#[test]
fn a_removal_that_was_cut_off_is_not_taken_back() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    delete(&world, &["--yes"]).succeeded();
    world.execute(
        "DELETE FROM tenants_domain WHERE tenant_id = \
         (SELECT id FROM tenants_tenant WHERE slug = 'acme')",
    );
    world.tenancy(&["tenant", "restore", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR117]: the tenant `acme` is deleted and cannot become suspended
  hint: see the statuses at `tenancy_core::TenantStatus`

"#]]);
    assert_eq!(world.tenancy(&["tenant", "suspend", "acme"]).code, 2);
    delete(&world, &["--at-once", "--yes"]).succeeded();
}

#[test]
fn the_slug_has_to_be_typed() {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::NOW);
    let answer = |line, args: &[&str]| {
        world.notes_answering(line, &Notes::NOW, &[&["tenant", "delete", "acme"], args].concat())
    };
    for line in ["", "\n", "y\n", "yes\n", "globex\n", "Acme\n", "acme acme\n"] {
        let kept = answer(line, &["--at-once"]);
        assert_eq!(kept.code, 2, "{kept}");
        assert_eq!(status(&world, "acme"), "active");
    }
    answer("no\n", &["--at-once"]).is(str![[r#"
exit 2
--- stdout
--- stderr
the tenant `acme`, which is in service is removed for ever: all its rows in `t_acme_[PLACE]`, 1 domains, 1 members; nothing brings them back
type its slug to go on: error[CLI127]: the answer was not the tenant's slug; nothing was done

"#]]);
    answer("acme\n", &[]).is(str![[r#"
exit 0
--- stdout
--- stderr
the tenant `acme` is taken out of service; its data is kept for 30 days, in which `notes tenant restore acme` brings it back
type its slug to go on: deleted the tenant `acme`; its data is kept until [TIME]

"#]]);
    answer("acme\n", &["--at-once"]).is(str![[r#"
exit 0
--- stdout
--- stderr
the tenant `acme` is removed for ever: all its rows in `t_acme_[PLACE]`, 1 domains, 1 members; nothing brings them back
type its slug to go on: removed the tenant `acme` with its data

"#]]);
}

#[test]
fn without_a_terminal_it_is_not_done_unless_it_is_said() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    delete(&world, &[]).is(str![[r#"
exit 2
--- stdout
--- stderr
the tenant `acme` is taken out of service; its data is kept for 30 days, in which `notes tenant restore acme` brings it back
error[CLI126]: the command has to be confirmed, and there is no terminal to ask on
  hint: give it `--yes` if it is to be done

"#]]);
    delete(&world, &["--at-once", "--format", "json"]).is(str![[r#"
exit 2
--- stdout
--- stderr
{"error":{"code":"CLI126","hint":"give it `--yes` if it is to be done","message":"the command has to be confirmed, and there is no terminal to ask on","sources":[]}}

"#]]);
    assert_eq!(status(&world, "acme"), "active");
}

#[test]
fn what_is_not_deleted_is_not_restored() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    world.tenancy(&["tenant", "restore", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR117]: the tenant `acme` is active and cannot become suspended
  hint: see the statuses at `tenancy_core::TenantStatus`

"#]]);
    world.tenancy(&["tenant", "restore", "initech"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `initech`
  hint: `tenancy tenant list` shows all tenants

"#]]);
    for target in ["public", "tenants", "registry/", "information-schema", "pg-catalog"] {
        let refused = world.notes(&Notes::NOW, &["tenant", "delete", target, "--at-once", "--yes"]);
        assert_eq!(refused.code, 2, "{refused}");
    }
}
