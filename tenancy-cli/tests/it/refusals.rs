//! What is refused, before anything is connected to wherever that can be told.

use std::fs;

use snapbox::str;
use tempfile::tempdir;

use crate::{
    notes::Notes,
    program::{run, tenancy},
    world::World,
};

const NOWHERE: [(&str, &str); 2] =
    [("TENANCY_STRATEGY", "shared-schema"), ("DATABASE_URL", "sqlite://none/registry.db")];

#[test]
fn bad_slugs_are_refused_by_every_command() {
    let long = "a".repeat(64);
    let bad = [
        "",
        "a\"b",
        "a'b",
        "a.b",
        "Acme",
        &long,
        "public",
        "pg-temp",
        "tenants-x",
        "../acme",
        "a/b",
        "a\\b",
        "a b",
        "a;b",
        "acme\u{1b}[0m",
        "ä",
        "1a",
    ];
    for slug in bad {
        for command in [
            &["tenant", "create", slug, "--domain", "a.example.com"][..],
            &["tenant", "show", slug],
            &["tenant", "suspend", slug],
            &["tenant", "resume", slug],
            &["tenant", "archive", slug],
            &["tenant", "rename", "acme", "--slug", slug],
            &["tenant", "rename", slug, "--name", "Acme"],
            &["tenant", "finish", slug],
            &["tenant", "delete", slug, "--yes"],
            &["tenant", "restore", slug],
            &["domain", "add", slug, "a.example.com"],
            &["domain", "list", slug],
            &["scope", "SELECT 1", "--tenant", slug],
            &["member", "add", slug, "ann", "--role", "user"],
            &["member", "list", slug],
            &["invite", "create", slug, "ann@example.com", "--role", "user"],
            &["invite", "list", slug],
        ] {
            let ended = run(&Notes::NOW, &NOWHERE, command);
            assert_eq!(ended.code, 2, "{command:?}: {ended}");
            assert!(ended.stderr.starts_with("error[COR101]: `"), "{command:?}: {ended}");
            assert!(ended.stdout.is_empty() && !ended.stderr.contains('\u{1b}'), "{ended}");
        }
    }
}

#[test]
fn bad_slugs_are_named_with_the_reason() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &NOWHERE, &["tenant", "show", "a\"b"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR101]: `a\"b` is not a valid slug: only lower-case letters, digits and hyphens may stand in it
  hint: a slug looks like `acme` or `acme-2`, and is none of the framework's own names

"#]]);
    tenancy(folder.path(), &NOWHERE, &["tenant", "show", "public"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR101]: `public` is not a valid slug: it is reserved
  hint: a slug looks like `acme` or `acme-2`, and is none of the framework's own names

"#]]);
}

#[test]
fn bad_domains_are_refused() {
    for domain in ["", "a b", "http://a.example.com", "a..example.com", "-", "a/b"] {
        let args = ["tenant", "create", "acme", "--domain", domain];
        let ended = run(&Notes::NOW, &NOWHERE, &args);
        assert_eq!(ended.code, 2, "{domain:?}: {ended}");
        assert!(ended.stderr.starts_with("error[COR101]: `"), "{domain:?}: {ended}");
    }
}

#[test]
fn settings_that_are_no_json_object_are_refused() {
    let args = ["tenant", "create", "acme", "--domain", "a.example.com", "--settings"];
    let with = |settings| [&args[..], &[settings]].concat();
    run(&Notes::NOW, &NOWHERE, &with("{plan: free}")).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI103]: the value of `--settings` is not a JSON object
  caused by: key must be a string at line 1 column 2
  hint: write it like `--settings '{"plan": "free"}'`

"#]]);
    run(&Notes::NOW, &NOWHERE, &with("[]")).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI103]: the value of `--settings` is not a JSON object
  hint: write it like `--settings '{"plan": "free"}'`

"#]]);
}

#[test]
fn what_needs_migrations_is_refused_by_the_stand_alone_command() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &NOWHERE, &["migrate", "up"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI101]: `migrate up` needs the migrations of the project, which this program does not have
  hint: run it with the project's own binary, the one whose `main` calls `tenancy_cli::run`

"#]]);
    for args in [
        &["migrate", "status"][..],
        &["tenant", "create", "acme", "--domain", "a.example.com"],
        &["tenant", "finish", "acme"],
        &["scope", "SELECT 1", "--tenant", "acme"],
    ] {
        let ended = tenancy(folder.path(), &NOWHERE, args);
        assert_eq!(ended.code, 2, "{ended}");
        assert!(ended.stderr.starts_with("error[CLI101]: `"), "{ended}");
    }
}

#[test]
fn a_database_without_a_registry_is_said_to_be_one() {
    let world = World::sqlite("shared-schema");
    world.tenancy(&["tenant", "list"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR107]: the database has not been initialised
  hint: `tenancy migrate up` initialises it

"#]]);
    world.notes(&Notes::NOW, &["migrate", "status"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR107]: the database has not been initialised
  hint: `tenancy migrate up` initialises it

"#]]);
}

#[test]
fn a_database_that_cannot_be_reached_is_named_by_nothing_secret() {
    let folder = tempdir().unwrap();
    let url = "postgres://app:s3cret@127.0.0.1:1/notes";
    let variables = [("TENANCY_STRATEGY", "shared-schema"), ("DATABASE_URL", url)];
    let ended = tenancy(folder.path(), &variables, &["tenant", "list"]);
    assert_eq!(ended.code, 2, "{ended}");
    assert!(
        ended.stderr.starts_with("error[COR106]: connecting to the database failed"),
        "{ended}"
    );
    assert!(!ended.to_string().contains("s3cret"), "{ended}");
}

#[test]
fn mixed_strategies_stop_every_command_that_needs_the_configuration() {
    let folder = tempdir().unwrap();
    let file = "strategy = \"shared-schema\"\n[schema-per-tenant]\ndirectory = \"tenants\"\n";
    fs::write(folder.path().join("tenancy.toml"), file).unwrap();
    let variables = [("DATABASE_URL", "sqlite://registry.db")];
    tenancy(folder.path(), &variables, &["tenant", "list"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CFG010]: `schema-per-tenant.directory` belongs to `schema-per-tenant`, but the strategy is `shared-schema`
  --> tenancy.toml:3
    3 | directory = "tenants"
  and tenancy.toml:1
    1 | strategy = "shared-schema"
  hint: remove it, or choose the strategy it belongs to
1 error

"#]]);
    let args = ["--strategy", "schema-per-tenant", "tenant", "list", "--format", "json"];
    tenancy(folder.path(), &variables, &args).is(str![[r#"
exit 2
--- stdout
--- stderr
{"code":"CFG009","name":"conflicting-strategies","severity":"error","message":"the strategy is `shared-schema` in one place and `schema-per-tenant` in another","source":{"kind":"flag","name":"--strategy","line":null,"text":"flag `--strategy`"},"related":[{"kind":"file","name":"tenancy.toml","line":1,"text":"tenancy.toml:1"}],"hint":"name the strategy in one place, or the same one in each"}

"#]]);
}

#[test]
fn a_database_of_the_other_strategy_is_refused() {
    let world = World::sqlite("shared-schema");
    world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
    world.with_other_strategy().notes(&Notes::NOW, &["migrate", "up"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR108]: the database was initialised for the strategy `shared-schema`, and the application runs `schema-per-tenant` (table `tenants_marker`)
  hint: run the strategy of the database, or give this one a database of its own

"#]]);
}

#[test]
fn an_unknown_tenant_is_refused() {
    let world = World::sqlite("shared-schema").with_tenants(&Notes::NOW);
    world.tenancy(&["tenant", "suspend", "initech"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR102]: no tenant `initech`
  hint: `tenancy tenant list` shows all tenants

"#]]);
    world.tenancy(&["tenant", "show", "initech", "--format", "json"]).is(str![[r#"
exit 2
--- stdout
--- stderr
{"error":{"code":"COR102","hint":"`tenancy tenant list` shows all tenants","message":"no tenant `initech`","sources":[]}}

"#]]);
}

#[test]
fn what_is_taken_is_refused_and_nothing_of_it_stays() {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::NOW);
    let create =
        |slug, domain| world.notes(&Notes::NOW, &["tenant", "create", slug, "--domain", domain]);
    create("acme", "new.example.com").is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR110]: the slug `acme` is taken
  hint: choose another name

"#]]);
    create("initech", "acme.example.com").is(str![[r#"
exit 2
--- stdout
--- stderr
error[COR110]: the domain `acme.example.com` is taken
  hint: choose another domain, or remove it from the tenant that has it

"#]]);
    assert_eq!(world.tenancy(&["tenant", "list"]).stdout.lines().count(), 3);
}

#[test]
fn the_command_line_is_not_run_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { run(&Notes::NOW, &NOWHERE, &["tenant", "list"]) }).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI106]: the command line was run from inside an asynchronous runtime
  hint: call `tenancy_cli::run` from a `main` that is not async

"#]]);
}
