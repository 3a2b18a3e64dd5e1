//! `check --database` of a project's own command.

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    program::run,
    project::URL,
    world::{STRATEGIES, World},
};

#[test]
fn a_sound_database_has_no_findings() {
    for backend in TestBackend::ALL {
        for strategy in STRATEGIES {
            let Some(world) = World::new(backend, strategy) else { continue };
            let world = world.with_tenants(&Notes::NOW);
            let ended = world.notes(&Notes::NOW, &["check", "--database"]).succeeded();
            assert_eq!(ended.stdout, "", "{ended}");
        }
    }
}

#[test]
fn what_is_found_is_shown_with_its_hint() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    world.execute("CREATE TABLE stray (id integer PRIMARY KEY)");
    world.notes(&Notes::NOW, &["check", "--database"]).is(str![[r#"
exit 0
--- stdout
warning[DBS002]: the table `stray` in `main` belongs to nobody
  --> table `stray`
  hint: make it by a migration, drop it, or move it into a schema of its own: what its rows are is known to nobody
--- stderr
1 warning

"#]]);
    let denied = world.notes(&Notes::NOW, &["check", "--deny-unclassified"]);
    assert_eq!(denied.code, 1, "{denied}");
    assert!(denied.stdout.contains("error[DBS002]"), "{denied}");
    let unchecked = world.notes(&Notes::NOW, &["check"]).succeeded();
    assert_eq!(unchecked.stdout, "", "{unchecked}");
}

#[test]
fn findings_of_every_database_are_objects_too() {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::NOW);
    std::fs::write(world.files().join("t_gone_1.db"), "").unwrap();
    let ended = world.notes(&Notes::NOW, &["check", "--database", "--format", "json"]);
    ended.succeeded().is(str![[r#"
exit 0
--- stdout
{"code":"SPT002","name":"orphan-place","severity":"warning","message":"no tenant has the file `t_gone_1`","source":{"kind":"table","name":"tenants_physical_name","line":null,"text":"table `tenants_physical_name`"},"related":[],"hint":"find out whose it is; bring the rows over into a tenant's place, or drop it"}
--- stderr

"#]]);
}

#[test]
fn another_strategy_is_refused_with_everything_else() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW).with_other_strategy();
    let ended = world.notes(&Notes::NOW, &["check", "--database"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stdout.contains("error[DBS004]"), "{ended}");
}

#[test]
fn a_database_that_is_down_is_a_finding() {
    let variables = [("TENANCY_STRATEGY", "shared-schema"), ("DATABASE_URL", NOWHERE)];
    run(&Notes::NOW, &variables, &["check", "--database"]).is(str![[r#"
exit 1
--- stdout
error[DBS001]: the database could not be checked, because connecting to the database failed: Connection Error: pool timed out while waiting for an open connection: pool timed out while waiting for an open connection
  hint: see that the database is up, and that the role may read the tables `tenants_…`
--- stderr
1 error

"#]]);
}

const NOWHERE: &str = "postgres://app:s3cret@127.0.0.1:1/notes";

#[test]
fn a_silence_is_judged_by_checks_that_have_run() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    let file = world.silencing("DBS002", "the table is being moved");
    let args = |more: &[&'static str]| {
        let mut args = vec!["check", "--config", file.to_str().unwrap()];
        args.extend(more);
        world.notes(&Notes::NOW, &args)
    };
    assert!(args(&[]).succeeded().stdout.is_empty());
    let unmatched = args(&["--database"]);
    assert!(unmatched.stdout.contains("CFG019"), "{unmatched}");
    world.execute("CREATE TABLE stray (id integer PRIMARY KEY)");
    let accepted = args(&["--database"]).succeeded();
    assert!(accepted.stderr.contains("1 accepted with a reason"), "{accepted}");
}

#[test]
fn other_commands_refuse_what_is_decisive() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    world.execute("DROP TABLE note; CREATE TABLE note (id integer PRIMARY KEY, title text)");
    let refused = world.notes(&Notes::NOW, &["tenant", "list"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("error[SHS001]"), "{refused}");
}

#[test]
fn the_stand_alone_command_knows_no_migrations() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("TENANCY_STRATEGY", "shared-schema"), URL];
    let ended = crate::program::tenancy(folder.path(), &variables, &["check", "--database"]);
    assert_eq!(ended.code, 2, "{ended}");
    assert!(ended.stderr.contains("error[CLI101]: `check --database` needs"), "{ended}");
}
