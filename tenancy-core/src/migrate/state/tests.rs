//! What the tables are after each kind of change.

use super::*;
use crate::{Error, Result, migrate::read};

const BEFORE: &str = "
    CREATE TABLE author (id integer PRIMARY KEY, name text);
    CREATE TABLE note (
        id integer PRIMARY KEY,
        author_id integer,
        title text DEFAULT 'a' CHECK (title <> ''),
        size integer,
        CONSTRAINT note_author_fk FOREIGN KEY (author_id) REFERENCES author (id),
        CONSTRAINT note_key UNIQUE (title, size),
        CONSTRAINT note_check CHECK (note.size > 0 AND length(title) < 9)
    );
    CREATE UNIQUE INDEX note_lower ON note (lower(title)) WHERE size > 1;
    CREATE UNIQUE INDEX note_size ON note (size)";

fn after(changes: &str, dialect: Dialect) -> Result<State> {
    let mut state = State::beside(Catalog::default(), dialect);
    for statement in BEFORE.split(';').chain(changes.split(';')).filter(|s| !s.trim().is_empty()) {
        for change in read::sql(statement, dialect)? {
            state.apply(&change, "m1")?;
        }
    }
    Ok(state)
}

fn note(changes: &str) -> TableState {
    after(changes, Dialect::Postgres).unwrap().table("note").unwrap().clone()
}

#[test]
fn a_renamed_column_is_renamed_wherever_it_stands() {
    let note = note("ALTER TABLE note RENAME COLUMN size TO length");
    assert_eq!(note.definition.unique_keys[0].columns, ["title", "length"]);
    assert_eq!(note.definition.checks[0].condition, "note.\"length\" > 0 AND length(title) < 9");
    assert_eq!(note.indexes[0].predicate.as_deref(), Some("\"length\" > 1"));
    assert_eq!(note.indexes[1].parts[0].column.as_deref(), Some("length"));
    let state = after("ALTER TABLE author RENAME COLUMN id TO number", Dialect::Postgres).unwrap();
    let key = &state.table("note").unwrap().definition.foreign_keys[0];
    assert_eq!(key.referenced_columns, ["number"]);
}

#[test]
fn a_renamed_table_is_renamed_wherever_it_stands() {
    let state = after(
        "ALTER TABLE note RENAME TO memo; ALTER TABLE author RENAME TO person",
        Dialect::Postgres,
    );
    let state = state.unwrap();
    let memo = state.table("memo").unwrap();
    assert!(memo.definition.checks[0].condition.starts_with("\"memo\".size > 0"));
    assert_eq!(memo.definition.foreign_keys[0].references, "person");
    assert!(memo.indexes.iter().all(|index| index.table == "memo"));
    assert!(state.catalog().table("note").is_none() && state.catalog().table("memo").is_some());
}

#[test]
fn what_rests_on_a_dropped_column_goes_with_it() {
    let note = note("ALTER TABLE note DROP COLUMN size");
    assert!(note.definition.unique_keys.is_empty() && note.definition.checks.is_empty());
    assert!(note.indexes.is_empty());
    assert_eq!(note.definition.foreign_keys.len(), 1);
}

#[test]
fn the_catalog_has_the_keys_that_there_are() {
    let state =
        after("ALTER TABLE note DROP CONSTRAINT note_key; DROP INDEX note_size", Dialect::Sqlite);
    let state = state.unwrap();
    let keys = &state.catalog().table("note").unwrap().keys;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(keys[0].primary);
}

#[test]
fn a_column_becomes_what_is_said() {
    let note = note(
        "ALTER TABLE note ALTER COLUMN title TYPE varchar(9), ALTER COLUMN title SET NOT NULL, \
         ALTER COLUMN title SET DEFAULT 'b'",
    );
    let title = &note.definition.columns[2];
    assert_eq!(title.data_type, "VARCHAR(9)");
    assert!(!title.nullable);
    assert_eq!(title.options, ["CHECK (title <> '')", "DEFAULT 'b'"]);
}

#[test]
fn types_follow_their_changes() {
    let changes = "CREATE TYPE mood AS ENUM ('glad', 'sad'); \
                   ALTER TABLE note ADD COLUMN mood mood; ALTER TABLE note ADD COLUMN moods mood[]; \
                   ALTER TYPE mood ADD VALUE 'tired' BEFORE 'sad'; ALTER TYPE mood ADD VALUE 'mad' AFTER 'sad'; \
                   ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'; ALTER TYPE mood RENAME TO temper";
    let state = after(changes, Dialect::Postgres).unwrap();
    assert_eq!(state.types().next().unwrap().values, ["happy", "tired", "sad", "mad"]);
    assert!(state.catalog().is_tenant_type("temper") && !state.catalog().is_tenant_type("mood"));
    let columns = &state.table("note").unwrap().definition.columns;
    assert_eq!(columns[4].data_type, "\"temper\"");
    assert_eq!(columns[5].data_type, "\"temper\"[]");
}

#[test]
fn what_does_not_fit_is_told() {
    for (changes, told) in [
        ("DROP TABLE author", "`note` refers to it"),
        ("ALTER TABLE author DROP COLUMN id", "`note` refers to it"),
        ("ALTER TABLE note DROP COLUMN id", "primary key"),
        ("ALTER TABLE note DROP COLUMN nothing", "no column `nothing`"),
        ("ALTER TABLE note ADD COLUMN size text", "`size` already"),
        ("ALTER TABLE note RENAME COLUMN size TO title", "`title` already"),
        ("ALTER TABLE note ALTER COLUMN nothing SET NOT NULL", "no column `nothing`"),
        ("ALTER TABLE note ADD CONSTRAINT k UNIQUE (nothing)", "no column `nothing`"),
        ("ALTER TABLE note ADD CONSTRAINT note_key CHECK (id > 0)", "`note_key` already"),
        ("ALTER TABLE note DROP CONSTRAINT nothing", "no constraint `nothing`"),
        ("CREATE INDEX note_size ON author (id)", "index `note_size` already"),
        ("ALTER INDEX nothing RENAME TO other", "no index `nothing`"),
    ] {
        let refused = after(changes, Dialect::Sqlite);
        let Err(error @ Error::UnfitChange { .. }) = refused else {
            panic!("{changes}: {refused:?}")
        };
        assert!(error.to_string().contains(told), "{error}");
    }
    let unknown = after("ALTER TYPE mood RENAME TO temper", Dialect::Postgres);
    assert!(matches!(unknown, Err(Error::UnknownType { .. })), "{unknown:?}");
}
