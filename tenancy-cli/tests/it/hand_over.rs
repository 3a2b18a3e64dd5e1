//! Commands that need migrations, by the stand-alone command: handed over, or refused. That they are
//! done by the project's own binary is shown in `session`.

use std::fs;

use snapbox::str;
use tempfile::tempdir;

use crate::{
    program::{Ended, tenancy},
    project::folder,
};

const MAIN: &str = "fn main() -> std::process::ExitCode {\n    tenancy_cli::run(Project)\n}\n";

/// Runs a command that needs migrations, where the program `cargo` says what it is called with.
fn migrate(files: &[(&str, &str)], exit: u8) -> Ended {
    let folder = folder(files);
    let cargo = folder.path().join("bin/cargo");
    fs::create_dir(folder.path().join("bin")).unwrap();
    fs::write(&cargo, format!("#!/bin/sh\necho \"$@\"\nexit {exit}\n")).unwrap();
    let status = std::process::Command::new("chmod").arg("+x").arg(&cargo).status().unwrap();
    assert!(status.success());
    let path = folder.path().join("bin");
    let variables = [("PATH", path.to_str().unwrap()), ("DATABASE_URL", "sqlite://none.db")];
    tenancy(folder.path(), &variables, &["migrate", "up", "--jobs", "2", "--format", "json"])
}

#[test]
fn the_projects_own_binary_is_called_with_the_same_arguments() {
    migrate(&[("src/bin/manage.rs", MAIN)], 0).is(str![[r#"
exit 0
--- stdout
run --quiet --package notes --bin manage -- migrate up --jobs 2 --format json
--- stderr

"#]]);
    let named = "use tenancy_cli as cli;\nfn main() { cli::run(Project); }\n";
    migrate(&[("src/main.rs", named)], 0).is(str![[r#"
exit 0
--- stdout
run --quiet --package notes --bin notes -- migrate up --jobs 2 --format json
--- stderr

"#]]);
}

#[test]
fn it_exits_as_the_binary_does() {
    for (exit, code) in [(0, 0), (1, 1), (2, 2), (101, 2)] {
        assert_eq!(migrate(&[("src/bin/manage.rs", MAIN)], exit).code, code);
    }
}

#[test]
fn the_configuration_can_name_the_package() {
    let toml = "strategy = \"shared-schema\"\n[migrate]\npackage = \"elsewhere\"\n";
    migrate(&[("tenancy.toml", toml)], 0).is(str![[r#"
exit 0
--- stdout
run --quiet --package elsewhere -- migrate up --jobs 2 --format json
--- stderr

"#]]);
}

#[test]
fn it_says_so_when_nothing_can_be_called() {
    migrate(&[], 0).is(str![[r#"
exit 2
--- stdout
--- stderr
{"error":{"code":"CLI117","hint":"give a package a `main` that calls it, as `tenancy new` and `tenancy init` write it, and name the package in `migrate.package` of tenancy.toml","message":"`migrate up` needs the migrations of the project, and no binary of it calls `tenancy_cli::run`","sources":[]}}

"#]]);
    migrate(&[("src/bin/a.rs", MAIN), ("src/bin/b.rs", MAIN)], 0).is(str![[r#"
exit 2
--- stdout
--- stderr
{"error":{"code":"CLI118","hint":"name the package in `migrate.package` of tenancy.toml","message":"more than one binary of the project calls `tenancy_cli::run`: `src/bin/a.rs`, `src/bin/b.rs`","sources":[]}}

"#]]);
    let variables = [("PATH", ""), ("DATABASE_URL", "sqlite://none.db")];
    let without_cargo = folder(&[("src/bin/manage.rs", MAIN)]);
    tenancy(without_cargo.path(), &variables, &["migrate", "up"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI119]: `migrate up` could not be handed to the project's own binary
  caused by: No such file or directory (os error 2)
  hint: there is no Cargo here; run the project's own binary, the one whose `main` calls `tenancy_cli::run`

"#]]);
    let nothing = tempdir().unwrap();
    tenancy(nothing.path(), &variables, &["migrate", "up"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI101]: `migrate up` needs the migrations of the project, which this program does not have
  hint: run it with the project's own binary, the one whose `main` calls `tenancy_cli::run`

"#]]);
}
