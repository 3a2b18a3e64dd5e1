//! Applications that are made, and those that are added to.

use std::fs;

use snapbox::str;
use tempfile::tempdir;

use crate::program::tenancy;

#[test]
fn an_application_is_made_and_clean() {
    for strategy in ["shared-schema", "schema-per-tenant"] {
        for database in ["sqlite", "postgres", "mysql", "mariadb"] {
            let folder = tempdir().unwrap();
            let args = ["new", "notes", "--strategy", strategy, "--database", database];
            tenancy(folder.path(), &[], &args).succeeded();
            let application = folder.path().join("notes");
            let checked = tenancy(&application, &[], &["check"]).succeeded();
            assert_eq!(checked.stderr, "nothing found\n");
            let manifest = fs::read_to_string(application.join("Cargo.toml")).unwrap();
            let version = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
            assert!(manifest.contains(&format!("tenancy-{strategy} = {{ {version}")), "{manifest}");
        }
    }
}

#[test]
fn what_is_made_is_said() {
    let folder = tempdir().unwrap();
    let args = ["new", "notes", "--strategy", "schema-per-tenant", "--database", "postgres"];
    tenancy(folder.path(), &[], &args).is(str![[r#"
exit 0
--- stdout
added       notes/.gitignore
added       notes/Cargo.toml
added       notes/README.md
added       notes/clippy.toml
added       notes/migration/Cargo.toml
added       notes/migration/src/lib.rs
added       notes/migration/src/main.rs
added       notes/migration/src/shared/m20260101_000001_create_plan.rs
added       notes/migration/src/shared.rs
added       notes/migration/src/tenant/m20260101_000002_create_note.rs
added       notes/migration/src/tenant.rs
added       notes/src/entity/note.rs
added       notes/src/entity/plan.rs
added       notes/src/entity.rs
added       notes/src/lib.rs
added       notes/src/main.rs
added       notes/src/web.rs
added       notes/tenancy.toml
added       notes/tests/two_tenants.rs
--- stderr
next:
  cd notes
  createdb notes
  tenancy migrate up
  tenancy tenant create acme --domain acme.localhost
  cargo run

"#]]);
    let again = ["new", "notes", "--strategy", "shared-schema"];
    tenancy(folder.path(), &[], &again).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI114]: there is a `notes` already
  hint: choose another name, or use `tenancy init` in an application that is there

"#]]);
    let third = ["new", "my-shop", "--strategy", "shared-schema", "--database", "mariadb"];
    let told = tenancy(folder.path(), &[], &third).succeeded().stderr;
    assert!(
        told.contains("\n  mysql -e 'CREATE DATABASE my_shop CHARACTER SET utf8mb4'\n"),
        "{told}"
    );
    let other = ["new", "other", "--strategy", "shared-schema", "--format", "json"];
    tenancy(folder.path(), &[], &other).is(str![[r#"
exit 0
--- stdout
{"added":["other/.gitignore","other/Cargo.toml","other/README.md","other/clippy.toml","other/data/.gitkeep","other/migration/Cargo.toml","other/migration/src/lib.rs","other/migration/src/main.rs","other/migration/src/shared/m20260101_000001_create_plan.rs","other/migration/src/shared.rs","other/migration/src/tenant/m20260101_000002_create_note.rs","other/migration/src/tenant.rs","other/src/entity/note.rs","other/src/entity/plan.rs","other/src/entity.rs","other/src/lib.rs","other/src/main.rs","other/src/web.rs","other/tenancy.toml","other/tests/two_tenants.rs"],"left":[],"next":["cd other","tenancy migrate up","tenancy tenant create acme --domain acme.localhost","cargo run"]}
--- stderr

"#]]);
}

#[test]
fn what_cannot_be_made_is_refused_and_nothing_is_written() {
    let folder = tempdir().unwrap();
    let new = |args: &[&str]| tenancy(folder.path(), &[], &[&["new"], args].concat());
    new(&["notes"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI113]: an application is made for `shared-schema` or for `schema-per-tenant`
  hint: give it `--strategy shared-schema`, unless tenants are few and large

"#]]);
    new(&["notes", "--strategy", "database-per-tenant"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI113]: an application is made for `shared-schema` or for `schema-per-tenant`, not for `database-per-tenant`
  hint: give it `--strategy shared-schema`, unless tenants are few and large

"#]]);
    new(&["../notes", "--strategy", "shared-schema"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI112]: `../notes` is not a name for an application: only lower-case letters, digits, hyphens and underscores may stand in it
  hint: a name looks like `notes` or `my-notes`

"#]]);
    new(&["fn", "--strategy", "shared-schema"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI112]: `fn` is not a name for an application: it is a word of Rust
  hint: a name looks like `notes` or `my-notes`

"#]]);
    new(&["axum", "--strategy", "shared-schema"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI112]: `axum` is not a name for an application: a crate that the application needs has it
  hint: a name looks like `notes` or `my-notes`

"#]]);
    new(&["notes", "--strategy", "shared-schema", "--database", "oracle"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: invalid value 'oracle' for '--database <DATABASE>'
  [possible values: sqlite, postgres, mysql]

For more information, try '--help'.

"#]]);
    new(&["notes", "--strategy", "shared-schema", "--framework-path", "none"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI115]: `none` could not be used
  caused by: No such file or directory (os error 2)

"#]]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_application_that_is_there_is_added_to() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    let manifest = "[package]\nname = \"shop\"\n\n[workspace]\nmembers = [\"migration\"]\n";
    fs::write(root.join("Cargo.toml"), manifest).unwrap();
    fs::write(root.join("clippy.toml"), "# ours\n").unwrap();
    let init = ["init", "--strategy", "shared-schema"];
    tenancy(root, &[], &init).is(str![[r#"
exit 0
--- stdout
added       data/.gitkeep
added       migration/Cargo.toml
added       migration/src/lib.rs
added       migration/src/main.rs
added       migration/src/shared.rs
added       migration/src/tenant.rs
added       tenancy.toml
left alone  clippy.toml
--- stderr
next:
  Cargo.toml: make `migration` a member of the workspace, and add the dependencies
      shop-migration = { path = "migration" }
      tenancy-core = { version = "0.1.0", features = ["axum", "mysql", "postgres", "sqlite"] }
  migration/src/tenant.rs and shared.rs: register the migrations, or write new ones with `tenancy migration new`
  where the application starts: open its database by `Tenancy::connect`, and by nothing else
  its router: add `TenantLayer`, and take a `TenantConnection` in its handlers
  see what is left: `tenancy check`
  clippy.toml: forbid `sea_orm::Database::connect` in `disallowed-methods`

"#]]);
    assert_eq!(fs::read_to_string(root.join("clippy.toml")).unwrap(), "# ours\n");
    assert_eq!(fs::read_to_string(root.join("Cargo.toml")).unwrap(), manifest);
    let migration = fs::read_to_string(root.join("migration/Cargo.toml")).unwrap();
    assert!(!migration.contains("workspace"), "{migration}");
    tenancy(root, &[], &["migration", "new", "create_note"]).succeeded();
    let found = tenancy(root, &[], &["check"]);
    assert_eq!(found.code, 0, "{found}");
    tenancy(root, &[], &init).is(str![[r#"
exit 0
--- stdout
left alone  clippy.toml
left alone  data/.gitkeep
left alone  tenancy.toml
left alone  migration/src/main.rs
--- stderr
next:
  see what is left: `tenancy check`

"#]]);
}

#[test]
fn migrations_that_are_there_stay_where_they_are() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("Cargo.toml"), "[package]\nname = \"shop\"\n").unwrap();
    fs::create_dir(root.join("migration")).unwrap();
    tenancy(root, &[], &["init", "--strategy", "schema-per-tenant"]).is(str![[r#"
exit 0
--- stdout
added       clippy.toml
added       data/.gitkeep
added       tenancy-migration/Cargo.toml
added       tenancy-migration/src/lib.rs
added       tenancy-migration/src/main.rs
added       tenancy-migration/src/shared.rs
added       tenancy-migration/src/tenant.rs
added       tenancy.toml
--- stderr
next:
  Cargo.toml: make `tenancy-migration` a member of the workspace, and add the dependencies
      shop-migration = { path = "tenancy-migration" }
      tenancy-core = { version = "0.1.0", features = ["axum", "mysql", "postgres", "sqlite"] }
  tenancy-migration/src/tenant.rs and shared.rs: register the migrations, or write new ones with `tenancy migration new`
  where the application starts: open its database by `Tenancy::connect`, and by nothing else
  its router: add `TenantLayer`, and take a `TenantConnection` in its handlers
  see what is left: `tenancy check`

"#]]);
    assert_eq!(fs::read_dir(root.join("migration")).unwrap().count(), 0);
}

#[test]
fn without_an_application_nothing_is_added() {
    let folder = tempdir().unwrap();
    let init = ["init", "--strategy", "shared-schema"];
    tenancy(folder.path(), &[], &init).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI116]: there is no application here: no Cargo.toml with a package
  hint: go to the folder of the application's Cargo.toml

"#]]);
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
    assert_eq!(tenancy(folder.path(), &[], &init).code, 2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
