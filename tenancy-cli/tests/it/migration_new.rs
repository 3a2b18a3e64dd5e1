//! New migrations: written, registered, and refused where they would be at odds with others.

use std::{fs, path::Path};

use snapbox::str;

use crate::{
    program::{Ended, tenancy},
    project::{check, folder},
};

fn new(folder: &Path, args: &[&str]) -> Ended {
    tenancy(folder, &[], &[&["migration", "new"], args].concat())
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

#[test]
fn a_migration_is_written_and_registered() {
    let folder = folder(&[]);
    let folder = folder.path();
    new(folder, &["create_label"]).succeeded();
    new(folder, &["add_color_to_label", "--table", "label"]).succeeded();
    new(folder, &["fill_labels"]).succeeded();
    new(folder, &["create_country", "--shared"]).succeeded();
    new(folder, &["add_code_to_country", "--shared", "--table", "country"]).succeeded();
    let tenant = read(folder, "src/migration/tenant.rs");
    assert_eq!(tenant.matches("mod m").count(), 5, "{tenant}");
    assert_eq!(tenant.matches("Box::new(").count(), 5, "{tenant}");
    assert_eq!(read(folder, "src/migration/shared.rs").matches("Box::new(").count(), 3);
    let checked = check(folder);
    assert_eq!((checked.code, checked.stdout.as_str()), (0, ""), "{checked}");
}

#[test]
fn what_is_written_is_said() {
    let folder = folder(&[]);
    new(folder.path(), &["add_tag", "--table", "tag"]).is(str![[r#"
exit 0
--- stdout
added       src/migration/tenant/m[STAMP]_add_tag.rs
--- stderr
next:
  registered in src/migration/tenant.rs

"#]]);
    new(folder.path(), &["create_note_tag", "--format", "json"]).succeeded();
}

#[test]
fn a_list_that_was_edited_by_hand_stays_as_it_is() {
    let list = "//! Ours.\nmod m0002_create_note; mod   m0003_create_tag ; // two\n\n\
                pub fn ours( ) -> Vec<Box<dyn TenantMigration>> {\n  vec! [\n\
                /* first */ Box::new(m0002_create_note::Migration),\n    \
                Box::new( m0003_create_tag::Migration ) // last, for now\n  ]\n}\n";
    let folder = folder(&[("src/migration/tenant.rs", list)]);
    new(folder.path(), &["add_tag", "--table", "tag"]).succeeded();
    let text = read(folder.path(), "src/migration/tenant.rs");
    let stamp = text.split("mod ").nth(3).unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(
        text.replace(&stamp, "NEW"),
        "//! Ours.\nmod m0002_create_note; mod   m0003_create_tag ;\nmod NEW; // two\n\n\
         pub fn ours( ) -> Vec<Box<dyn TenantMigration>> {\n  vec! [\n\
         /* first */ Box::new(m0002_create_note::Migration),\n    \
         Box::new( m0003_create_tag::Migration ), // last, for now\n    \
         Box::new(NEW::Migration),\n  ]\n}\n"
    );
}

#[test]
fn what_is_there_is_not_made_again() {
    let folder = folder(&[]);
    let refused = |args: &[&str]| new(folder.path(), args);
    refused(&["create_tag"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI129]: the migration `m0003_create_tag` (src/migration/tenant/m0003_create_tag.rs) has the name already
  hint: choose another name

"#]]);
    refused(&["create_tags", "--table", "tag"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI130]: the table `tag` is created already, at src/migration/tenant/m0003_create_tag.rs:7
  hint: to change it, use a name like `add_color_to_…` with `--table`; of two that create one table the second fails

"#]]);
    // A table is one table, whichever set it is of.
    refused(&["create_note_table", "--shared"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI130]: the table `note` is created already, at src/migration/tenant/m0002_create_note.rs:6
  hint: to change it, use a name like `add_color_to_…` with `--table`; of two that create one table the second fails

"#]]);
    refused(&["create_plans", "--table", "plan"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI130]: the table `plan` is created already, at src/migration/shared/m0001_create_plan.rs:3
  hint: to change it, use a name like `add_color_to_…` with `--table`; of two that create one table the second fails

"#]]);
    refused(&["create_tenants_domain"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI128]: `tenants_domain` is not a name for a table: it is a table of the framework
  hint: a table looks like `tag` or `order_item`

"#]]);
    refused(&["create_seaql_migrations"]);
    let later = ("src/migration/tenant/m99990101_000001_later.rs", crate::project::CREATE_TAG);
    let folder = crate::project::folder(&[later]);
    new(folder.path(), &["create_label"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI129]: the migration `m99990101_000001_later` (src/migration/tenant/m99990101_000001_later.rs) has a later place in the order already
  hint: the new one would run before it; correct its time stamp first

"#]]);
    let unread = crate::project::folder(&[("src/migration/tenant/m0004_x.rs", "fn (")]);
    new(unread.path(), &["create_label"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI132]: `src/migration/tenant/m0004_x.rs` cannot be read, so what it creates is not known
  hint: `tenancy check` says what is wrong with it

"#]]);
}

#[test]
fn bad_names_are_refused() {
    let folder = folder(&[]);
    for name in
        ["", "Create", "create tag", "create-tag", "1a", "../a", "a/b", "m0001_a", "ä", "a\"b"]
    {
        let refused = new(folder.path(), &[name]);
        assert_eq!(refused.code, 2, "{refused}");
        assert!(refused.stderr.starts_with("error[CLI128]"), "{refused}");
    }
    new(folder.path(), &["add_x", "--table", "a\"; DROP TABLE note"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI128]: `a\"; DROP TABLE note` is not a name for a table: it is like `^[a-z][a-z0-9_]*$`
  hint: a table looks like `tag` or `order_item`

"#]]);
    new(folder.path(), &["add_x", "--shared", "--tenant"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error: the argument '--shared' cannot be used with '--tenant'

Usage: tenancy migration new --shared <NAME>

For more information, try '--help'.

"#]]);
}

#[test]
fn without_a_list_nothing_is_written() {
    let files = [("src/migration/tenant.rs", "mod m0002_create_note;\nmod m0003_create_tag;\n")];
    let folder = folder(&files);
    new(folder.path(), &["create_label"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI133]: the list of the tenant migrations is not found in the sources
  hint: write a function that returns `Vec<Box<dyn TenantMigration>>` (shared: `MigrationTrait`) as one `vec![…]`

"#]]);
    assert_eq!(fs::read_dir(folder.path().join("src/migration/tenant")).unwrap().count(), 2);
    let two = "mod m0002_create_note;\nmod m0003_create_tag;\n\
               fn a() -> Vec<Box<dyn TenantMigration>> { vec![Box::new(m0002_create_note::Migration)] }\n\
               fn b() -> Vec<Box<dyn TenantMigration>> { vec![Box::new(m0003_create_tag::Migration)] }\n";
    let folder = crate::project::folder(&[("src/migration/tenant.rs", two)]);
    new(folder.path(), &["create_label"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI135]: the migration cannot be registered in `src/migration/tenant.rs`
  caused by: it has more than one such list
  hint: write `mod …;` for the migration into the file, and `Box::new(…::Migration)` into its `vec![…]`

"#]]);
    new(tempfile::tempdir().unwrap().path(), &["create_label"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI116]: there is no application here: no Cargo.toml with a package
  hint: go to the folder of the application's Cargo.toml

"#]]);
}
