//! `tenancy explain`.

use snapbox::str;
use tempfile::tempdir;

use crate::program::tenancy;

#[test]
fn a_code_is_explained_in_any_case() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["explain", "cfg012"]).is(str![[r#"
exit 0
--- stdout
CFG012 missing-database-url (error)

What it finds

A configuration in which `database.url` is set nowhere.

Why it is wrong

The registry of tenants lives in a database under every strategy.

How to fix it

Set `DATABASE_URL` or `TENANCY_DATABASE__URL`, or write `url` under `[database]`.
--- stderr

"#]]);
}

#[test]
fn an_unknown_code_is_refused() {
    let folder = tempdir().unwrap();
    tenancy(folder.path(), &[], &["explain", "\u{1b}[31m"]).is(str![[r#"
exit 2
--- stdout
--- stderr
error[CLI102]: no check has the code `\u{1b}[31m`
  hint: `tenancy explain` lists all of them

"#]]);
}

#[test]
fn without_a_code_all_are_listed() {
    let folder = tempdir().unwrap();
    let ended = tenancy(folder.path(), &[], &["explain"]).succeeded();
    for check in tenancy_core::check::CHECKS {
        assert!(ended.stdout.contains(check.code) && ended.stdout.contains(check.name), "{ended}");
    }
}
