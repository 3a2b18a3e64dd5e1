//! `migrate up`, `migrate status` and `tenant create`, by an application's own command.

use std::fs;

use snapbox::str;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

/// Everything from an empty database on; the numbers are the same wherever it runs.
fn from_nothing_to_now(backend: TestBackend) {
    for strategy in STRATEGIES {
        let Some(world) = World::new(backend, strategy) else { return };
        begin_with_one_migration(&world);
        go_on_with_two(&world, strategy);
    }
}

fn begin_with_one_migration(world: &World) {
    let first = |args: &[&str]| world.notes(&Notes::FIRST, args).succeeded();
    first(&["migrate", "up"]);
    for slug in ["acme", "globex"] {
        let domain = format!("{slug}.example.com");
        first(&["tenant", "create", slug, "--domain", &domain, "--name", "A Name"]);
    }
    first(&["tenant", "suspend", "globex"]);
    first(&["migrate", "status"]).is(str![[r#"
exit 0
--- stdout
SHARED MIGRATION               APPLIED
m20260101_000001_create_plans  yes

TENANT  NEWEST MIGRATION               PENDING
acme    m20260102_000001_create_notes  0
globex  m20260102_000001_create_notes  0
--- stderr
0 of 2 tenants are behind

"#]]);
}

fn go_on_with_two(world: &World, strategy: &str) {
    let now = |args: &[&str]| world.notes(&Notes::NOW, args).succeeded();
    now(&["migrate", "status"]).is(str![[r#"
exit 0
--- stdout
SHARED MIGRATION               APPLIED
m20260101_000001_create_plans  yes

TENANT  NEWEST MIGRATION               PENDING
acme    m20260102_000001_create_notes  1
globex  m20260102_000001_create_notes  1
--- stderr
2 of 2 tenants are behind

"#]]);

    let up = now(&["migrate", "up", "--jobs", "2"]);
    assert!(up.stdout.ends_with("2 migrated, 0 failed, 0 up to date\n"), "{strategy}: {up}");
    let again = now(&["migrate", "up"]);
    assert_eq!(again.stdout, "0 migrated, 0 failed, 2 up to date\n", "{strategy}");
    now(&["migrate", "status"]).is(str![[r#"
exit 0
--- stdout
SHARED MIGRATION               APPLIED
m20260101_000001_create_plans  yes

TENANT  NEWEST MIGRATION           PENDING
acme    m20260103_000001_add_done  0
globex  m20260103_000001_add_done  0
--- stderr
0 of 2 tenants are behind

"#]]);

    now(&["tenant", "create", "initech", "--domain", "initech.example.com"]).is(str![[r#"
exit 0
--- stdout
--- stderr
created the tenant `initech`

"#]]);
    now(&["tenant", "list"]).is(str![[r#"
exit 0
--- stdout
SLUG     NAME     STATUS     NEWEST MIGRATION
acme     A Name   active     m20260103_000001_add_done
globex   A Name   suspended  m20260103_000001_add_done
initech  initech  active     m20260103_000001_add_done
--- stderr

"#]]);
    let behind = world.notes(&Notes::FIRST, &["migrate", "status"]);
    assert!(behind.stdout.contains("unknown"), "{strategy}: {behind}");
}

#[test]
fn an_application_migrates_and_creates_tenants_on_sqlite() {
    from_nothing_to_now(TestBackend::Sqlite);
}

#[test]
fn an_application_migrates_and_creates_tenants_on_postgres() {
    from_nothing_to_now(TestBackend::Postgres);
}

#[test]
fn what_is_applied_once_is_listed() {
    let world = World::sqlite("shared-schema");
    world.notes(&Notes::NOW, &["migrate", "up"]).is(str![[r#"
exit 0
--- stdout
applied m20260101_000001_create_plans
applied m20260102_000001_create_notes
applied m20260103_000001_add_done
0 migrated, 0 failed, 0 up to date
--- stderr

"#]]);
    let world = World::sqlite("schema-per-tenant");
    world.notes(&Notes::NOW, &["migrate", "up"]).is(str![[r#"
exit 0
--- stdout
applied m20260101_000001_create_plans
0 migrated, 0 failed, 0 up to date
--- stderr

"#]]);
    world.notes(&Notes::NOW, &["migrate", "up"]).is(str![[r#"
exit 0
--- stdout
0 migrated, 0 failed, 0 up to date
--- stderr

"#]]);
}

/// Two tenants, the first of which has lost its file.
fn with_a_lost_file() -> World {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::FIRST);
    let files = fs::read_dir(world.files()).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.to_str().unwrap().contains("t_acme_")) {
        fs::remove_file(file).unwrap();
    }
    world
}

#[test]
fn a_run_stops_at_the_first_failure() {
    let world = with_a_lost_file();
    world.notes(&Notes::NOW, &["migrate", "up", "--jobs", "1"]).is(str![[r#"
exit 1
--- stdout
0 migrated, 1 failed, 1 skipped, 0 up to date
error[COR120]: acme: the place of the tenant `acme` could not be entered: its file `t_acme_[PLACE].db` is missing
--- stderr
failed acme
skipped globex
2 tenants are behind; `tenancy migrate resume [ID]` goes on with the run

"#]]);
    world.notes(&Notes::NOW, &["migrate", "status"]).is(str![[r#"
exit 0
--- stdout
SHARED MIGRATION               APPLIED
m20260101_000001_create_plans  yes

TENANT  NEWEST MIGRATION               PENDING
acme    m20260102_000001_create_notes  1
globex  m20260102_000001_create_notes  1
--- stderr
2 of 2 tenants are behind

"#]]);
}

#[test]
fn a_run_goes_on_after_a_failure_where_it_is_told_to() {
    let world = with_a_lost_file();
    let args = ["migrate", "up", "--jobs", "1", "--continue-on-error"];
    world.notes(&Notes::NOW, &args).is(str![[r#"
exit 1
--- stdout
1 migrated, 1 failed, 0 up to date
error[COR120]: acme: the place of the tenant `acme` could not be entered: its file `t_acme_[PLACE].db` is missing
--- stderr
failed acme
migrated globex
1 tenant is behind; `tenancy migrate resume [ID]` goes on with the run

"#]]);
    world.notes(&Notes::NOW, &["migrate", "status"]).is(str![[r#"
exit 0
--- stdout
SHARED MIGRATION               APPLIED
m20260101_000001_create_plans  yes

TENANT  NEWEST MIGRATION               PENDING
acme    m20260102_000001_create_notes  1
globex  m20260103_000001_add_done      0
--- stderr
1 of 2 tenants are behind

"#]]);
}

#[test]
fn a_report_is_one_object_for_programs() {
    let world = with_a_lost_file();
    let args = ["migrate", "up", "--continue-on-error", "--format", "json"];
    world.notes(&Notes::NOW, &args).is(str![[r#"
exit 1
--- stdout
{"ahead":null,"run":"[ID]","shared":[],"summary":{"ahead":0,"behind":1,"failed":1,"migrated":1,"rolled_back":0,"skipped":0,"up_to_date":0},"tenants":[{"error":{"code":"COR120","hint":null,"message":"the place of the tenant `acme` could not be entered: its file `t_acme_[PLACE].db` is missing","sources":[]},"result":"failed","tenant":"acme"},{"applied":["m20260103_000001_add_done"],"result":"migrated","tenant":"globex"}]}
--- stderr

"#]]);
    world.notes(&Notes::NOW, &["migrate", "status", "--format", "json"]).is(str![[r#"
exit 0
--- stdout
{"shared":[{"applied":true,"migration":"m20260101_000001_create_plans"}],"tenant":["m20260102_000001_create_notes","m20260103_000001_add_done"],"tenants":[{"head":"m20260102_000001_create_notes","pending":1,"tenant":"acme"},{"head":"m20260103_000001_add_done","pending":0,"tenant":"globex"}]}
--- stderr

"#]]);
}

#[test]
fn a_failing_tenant_on_postgres_leaves_the_others_migrated() {
    let Some(world) = World::new(TestBackend::Postgres, "schema-per-tenant") else { return };
    let world = world.with_tenants(&Notes::FIRST);
    let shown = world.notes(&Notes::NOW, &["tenant", "show", "acme", "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let schema = shown["physical_name"].as_str().unwrap();
    world.execute(&format!("ALTER TABLE \"{schema}\".note ADD COLUMN done bool"));
    world.notes(&Notes::NOW, &["migrate", "up", "--continue-on-error", "--jobs", "1"]).is(str![[r#"
exit 1
--- stdout
1 migrated, 1 failed, 0 up to date
error[MIG110]: acme: the migration `m20260103_000001_add_done` failed
  caused by: Execution Error: error returned from database: column "done" of relation "note" already exists at line [LINE]
  hint: mend it and run `tenancy migrate up` again
--- stderr
failed acme
migrated globex
1 tenant is behind; `tenancy migrate resume [ID]` goes on with the run

"#]]);
    world.execute(&format!("ALTER TABLE \"{schema}\".note DROP COLUMN done"));
    world.notes(&Notes::NOW, &["migrate", "up"]).is(str![[r#"
exit 0
--- stdout
1 migrated, 0 failed, 1 up to date
--- stderr
migrated acme

"#]]);
}

#[test]
fn jobs_that_are_no_number_are_refused() {
    let world = World::sqlite("shared-schema");
    world.notes(&Notes::NOW, &["migrate", "up", "--jobs", "0"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CFG015]: `migrate.jobs` must be between 1 and 256
  --> flag `--jobs`
1 error

"#]]);
}

#[test]
fn a_tenant_that_is_complete_stays_as_it_is() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    for again in ["finish", "resume"] {
        let ended = world.notes(&Notes::NOW, &["tenant", again, "acme"]).succeeded();
        assert!(ended.stderr.contains("the tenant `acme`"), "{ended}");
    }
    world.notes(&Notes::NOW, &["tenant", "suspend", "acme"]).succeeded();
    world.notes(&Notes::NOW, &["tenant", "finish", "acme"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR117]: the tenant `acme` is suspended and cannot become provisioning
  hint: see the statuses at `tenancy_core::TenantStatus`

"#]]);
}

#[test]
fn a_tenant_whose_creation_was_cut_off_is_finished() {
    for strategy in STRATEGIES {
        let world = World::sqlite(strategy).with_tenants(&Notes::NOW);
        // What a crash between the row and the place leaves behind.
        world.execute(
            "UPDATE tenants_tenant SET status = 'provisioning', migration_head = NULL \
             WHERE slug = 'acme'",
        );
        world.notes(&Notes::NOW, &["tenant", "finish", "acme"]).is(str![[r#"
exit 0
--- stdout
--- stderr
finished the tenant `acme`

"#]]);
        world.notes(&Notes::NOW, &["tenant", "list"]).is(str![[r#"
exit 0
--- stdout
SLUG    NAME    STATUS  NEWEST MIGRATION
acme    acme    active  m20260103_000001_add_done
globex  globex  active  m20260103_000001_add_done
--- stderr

"#]]);
    }
}
