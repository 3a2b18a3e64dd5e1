//! `tenancy check`.

use std::{fs, sync::Arc};

use snapbox::str;
use tempfile::tempdir;
use tenancy_cli::Application;
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy,
    config::{Config, StrategyKeys},
};
use tenancy_schema_per_tenant::SchemaPerTenant;

use crate::{
    notes::Notes,
    program::{run, tenancy},
};

const URL: &str = "postgres://app:s3cret@db.example.com/notes";

#[test]
fn a_missing_database_is_reported() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[("TENANCY_STRATEGY", "shared-schema")], &["check"]).is(str![[r#"
exit 1
--- stdout
Configuration (1 error)

error[CFG012]: no database is configured
  hint: set `DATABASE_URL`, or write `url` under `[database]` in `tenancy.toml`

Code (1 warning)

warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
1 error, 1 warning

"#]]);
}

#[test]
fn a_right_configuration_has_no_findings() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tenancy.toml"), "strategy = \"schema-per-tenant\"\n").unwrap();
    tenancy(folder.path(), &[("DATABASE_URL", URL)], &["check"]).is(str![[r#"
exit 0
--- stdout
warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
1 warning

"#]]);
}

#[test]
fn strategies_mixed_in_file_environment_and_flag_are_reported_at_once() {
    let folder = tempdir().unwrap();
    let file = "strategy = \"shared-schema\"\n\n[shared-schema]\ntenant_column = \"tenant_id\"\n\n\
                [schema-per-tenant]\ndirectory = \"tenants\"\n";
    fs::write(folder.path().join("tenancy.toml"), file).unwrap();
    let variables = [
        ("DATABASE_URL", URL),
        ("TENANCY_STRATEGY", "schema-per-tenant"),
        ("TENANCY_SCHEMA_PER_TENANT__OPEN_FILES", "7"),
    ];
    tenancy(folder.path(), &variables, &["check", "--strategy", "shared-schema"]).is(str![[r#"
exit 1
--- stdout
Configuration (2 errors)

error[CFG003]: both `shared-schema` and `schema-per-tenant` are configured
  --> tenancy.toml:6
    6 | [schema-per-tenant]
  and tenancy.toml:3
    3 | [shared-schema]
  hint: an application runs one strategy: remove the other one

error[CFG009]: the strategy is `schema-per-tenant` in one place and `shared-schema` in another
  --> flag `--strategy`
  and environment variable `TENANCY_STRATEGY`
  hint: name the strategy in one place, or the same one in each

Code (1 warning)

warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
2 errors, 1 warning

"#]]);
}

#[test]
fn findings_are_objects_for_programs() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("own.toml"), "strategy = \"shared\"\n").unwrap();
    let args = ["check", "--config", "own.toml", "--format", "json"];
    tenancy(folder.path(), &[("DATABASE_URL", URL)], &args).is(str![[r#"
exit 1
--- stdout
{"code":"CFG008","name":"unknown-strategy","severity":"error","message":"unknown strategy: `shared`","source":{"kind":"file","name":"own.toml","line":1,"text":"own.toml:1"},"related":[],"hint":"this program knows `shared-schema`, `schema-per-tenant`"}
{"code":"APP001","name":"no-application","severity":"warning","message":"there is no `Cargo.toml` here: code and migrations were not looked at","source":null,"related":[],"hint":"run it in the application's folder, or silence this code where there are no sources"}
--- stderr

"#]]);
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let folder = tempdir().unwrap();
    let variables = [("DATABASE_URL", URL), ("TENANCY_STRATEGY", "shared-schema")];
    tenancy(folder.path(), &variables, &["check", "--config", "none.toml"]).is(str![[r#"
exit 1
--- stdout
Configuration (1 error)

error[CFG001]: the configuration file cannot be read: entity not found
  --> none.toml
  and flag `--config`
  hint: correct the path or the permissions of the file

Code (1 warning)

warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
1 error, 1 warning

"#]]);
}

#[test]
fn a_file_that_is_no_toml_is_reported() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tenancy.toml"), "strategy = \n").unwrap();
    tenancy(folder.path(), &[("DATABASE_URL", URL)], &["check"]).is(str![[r#"
exit 1
--- stdout
Configuration (2 errors)

error[CFG002]: the file is not valid TOML: string values must be quoted, expected literal string
  --> tenancy.toml:1
    1 | strategy = 
  hint: correct the line; texts stand in quotes

error[CFG007]: no strategy is configured
  hint: write `strategy = "..."` at the top of `tenancy.toml`; known are `shared-schema`, `schema-per-tenant`

Code (1 warning)

warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
2 errors, 1 warning

"#]]);
}

#[test]
fn secrets_are_not_shown_where_a_finding_is_about_them() {
    let folder = tempdir().unwrap();
    let file = "strategy = \"shared-schema\"\n[database]\nurl = \"postgres://u:s3cret@db\"\n\
                password = \"s3cret\"\n";
    fs::write(folder.path().join("tenancy.toml"), file).unwrap();
    let ended = tenancy(folder.path(), &[], &["check", "--color", "always"]);
    assert!(!ended.to_string().contains("s3cret"), "{ended}");
    assert!(ended.stdout.contains("\u{1b}["), "{ended}");
    tenancy(folder.path(), &[], &["check"]).is(str![[r#"
exit 1
--- stdout
Configuration (2 errors)

error[CFG004]: unknown key `database.password`
  --> tenancy.toml:4
    4 | password = …
  hint: known here are `url`, `direct_url`, `central_url`, `max_connections`, `tenant_pools`, `dedicated_pools`, `acquire_timeout_seconds`, `busy_timeout_ms`, `extension_schemas`, `engine`

error[CFG013]: `database.url` names no database
  --> tenancy.toml:3
    3 | url = …
  hint: write `postgres://user:password@host/database`, `mysql://..` or `sqlite://file.db`

Code (1 warning)

warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
2 errors, 1 warning

"#]]);
}

#[test]
fn no_colours_leave_a_pipe() {
    let folder = tempdir().unwrap();
    let ended = tenancy(folder.path(), &[], &["check"]);
    assert!(!ended.to_string().contains('\u{1b}'), "{ended}");
}

/// An application whose code does not fit together.
struct Broken;

impl Application for Broken {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        Notes::NOW.known_strategies()
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        Notes::NOW.strategy(config)
    }

    fn migrations(&self) -> MigrationSets {
        let mut sets = Notes::NOW.migrations();
        sets.tenant.extend(Notes::FIRST.migrations().tenant);
        sets
    }
}

/// An application that runs the strategy that is not configured.
struct Stubborn;

impl Application for Stubborn {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        Notes::NOW.known_strategies()
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        Ok(Arc::new(SchemaPerTenant::from_config(config)?))
    }

    fn migrations(&self) -> MigrationSets {
        MigrationSets::default()
    }
}

#[test]
fn a_strategy_in_code_that_is_not_the_configured_one_is_reported_with_its_place() {
    let variables = [("DATABASE_URL", URL), ("TENANCY_STRATEGY", "shared-schema")];
    for (args, code) in [(&["check"][..], 1), (&["tenant", "list"], 2)] {
        let ended = run(&Stubborn, &variables, args);
        let all = ended.to_string();
        assert_eq!(ended.code, code, "{all}");
        assert!(all.contains("error[CFG011]") && all.contains("tests/it/program.rs:"), "{all}");
    }
}

#[test]
fn a_database_of_mysql_is_no_finding() {
    let folder = tempdir().unwrap();
    let variables =
        [("DATABASE_URL", "mysql://db.example.com/notes"), ("TENANCY_STRATEGY", "shared-schema")];
    tenancy(folder.path(), &variables, &["check"]).is(str![[r#"
exit 0
--- stdout
warning[APP001]: there is no `Cargo.toml` here: code and migrations were not looked at
  hint: run it in the application's folder, or silence this code where there are no sources
--- stderr
1 warning

"#]]);
}

#[test]
fn migrations_that_do_not_fit_together_are_reported_without_a_database() {
    let variables = [("DATABASE_URL", URL), ("TENANCY_STRATEGY", "shared-schema")];
    run(&Broken, &variables, &["check"]).is(str![[r#"
exit 1
--- stdout
error[SET001]: two migrations are named `m20260102_000001_create_notes`
  --> migration `m20260102_000001_create_notes`
  and migration `m20260102_000001_create_notes`
  hint: rename the one that is applied nowhere yet

error[SET003]: the table `note` is created by the tenant migration `m20260102_000001_create_notes` and by the tenant migration `m20260102_000001_create_notes`
  --> migration `m20260102_000001_create_notes`
  and migration `m20260102_000001_create_notes`
  hint: keep the creation in the migration that owns the table, and remove the other

error[SET006]: the tenant migration `m20260102_000001_create_notes` stands behind `m20260103_000001_add_done`
  --> migration `m20260102_000001_create_notes`
  and migration `m20260103_000001_add_done`
  hint: list the migrations of a set in the order of their names
--- stderr
3 errors

"#]]);
}
