//! Templates are replaced to the last word.

use super::*;

fn all() -> impl Iterator<Item = Scaffold> {
    let databases = [Database::Sqlite, Database::Postgres, Database::Mysql];
    let both = Strategy::ALL.into_iter().flat_map(move |s| databases.map(|d| (s, d)));
    both.map(|(strategy, database)| Scaffold {
        name: PackageName::parse("my-shop").unwrap(),
        strategy,
        database,
        framework: Framework::Version("1.2.3"),
    })
}

#[test]
fn no_word_of_a_template_is_left() {
    for scaffold in all() {
        let files = [scaffold.application(), scaffold.addition("migration")].concat();
        for NewFile { path, text } in files {
            for word in ["notes-app", "notes_app", "FRAMEWORK", "_HERE", "_HINT"] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
            let of_other = match scaffold.strategy {
                Strategy::SharedSchema => ["SchemaPerTenant", "schema_per_tenant"],
                Strategy::SchemaPerTenant => ["SharedSchema", "shared_schema"],
            };
            for word in of_other {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}

#[test]
fn everything_parses() {
    for scaffold in all() {
        for NewFile { path, text } in [scaffold.application(), scaffold.addition("tables")].concat()
        {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => drop(syn::parse_file(&text).unwrap()),
                Some("toml") => drop(toml_edit::Document::parse(text).unwrap()),
                _ => {}
            }
        }
    }
}

#[test]
fn a_manifest_that_inherits_nothing_says_the_same() {
    let own = on_its_own(MIGRATION_MANIFEST);
    assert!(!own.contains("workspace"), "{own}");
    assert!(own.contains("\nsea-orm-migration = { version = "), "{own}");
}
