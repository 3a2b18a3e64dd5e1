//! What MariaDB and MySQL write in other words: alterations for which the table has to be known.

use super::{column, quoted_in};
use crate::{
    error::{Error, Result},
    migrate::{
        change::{ColumnChange, ColumnDefinition, SchemaChange, TableDefinition},
        state::State,
    },
    scope::Dialect,
};

/// Transactions and foreign keys are InnoDB's. The character set is the database's, which is looked at
/// when an application starts.
pub(super) fn table_options(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => "",
        Dialect::MySql => " ENGINE = InnoDB",
    }
}

/// The column whose values the database gives out, where it does not lead the primary key: it must
/// lead some key.
pub(super) fn second_key(table: &TableDefinition, dialect: Dialect) -> Option<&str> {
    let generated = table.columns.iter().find(|column| column.generated_key)?;
    let leads = |columns: &[String]| columns.first() == Some(&generated.name);
    let has_key = leads(&table.primary_key) || table.unique_keys.iter().any(|k| leads(&k.columns));
    (dialect == Dialect::MySql && !has_key).then_some(generated.name.as_str())
}

fn unsupported(what: &str) -> Error {
    Error::UnsupportedDefinition { what: format!("{what} on MySQL") }
}

fn name(name: &str) -> String {
    quoted_in(Dialect::MySql, name)
}

/// The statement of a change that needs the tables before it, or those after it; `None` for one that
/// needs neither.
pub(crate) fn statement(
    change: &SchemaChange,
    before: &State,
    after: &State,
) -> Result<Option<String>> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are written as elsewhere")]
    match change {
        SchemaChange::AlterColumn { table, column, change } => {
            altered(after, table, column, change).map(Some)
        }
        SchemaChange::DropColumn { table, column } => Ok(Some(dropped(before, table, column))),
        SchemaChange::DropIndex { name: index } => {
            let table = table_of(before, index)?;
            Ok(Some(format!("DROP INDEX {} ON {}", name(index), name(table))))
        }
        SchemaChange::RenameIndex { name: index, to } => {
            let table = name(table_of(before, index)?);
            Ok(Some(format!("ALTER TABLE {table} RENAME INDEX {} TO {}", name(index), name(to))))
        }
        SchemaChange::DropConstraint { table, name: constraint } => {
            let definition = before.table(table).map(|table| &table.definition);
            let is_key = definition
                .is_some_and(|table| table.foreign_keys.iter().any(|key| key.name == *constraint));
            let is_unique = definition
                .is_some_and(|table| table.unique_keys.iter().any(|key| key.name == *constraint));
            let kind = if is_key {
                "FOREIGN KEY"
            } else if is_unique {
                "INDEX"
            } else {
                "CONSTRAINT"
            };
            let (table, constraint) = (name(table), name(constraint));
            Ok(Some(format!("ALTER TABLE {table} DROP {kind} {constraint}")))
        }
        _ => Ok(None),
    }
}

fn table_of<'a>(tables: &'a State, index: &str) -> Result<&'a str> {
    let found = tables.index(index).map(|index| index.table.as_str());
    found.ok_or_else(|| unsupported("a change of an index that no definition has made"))
}

/// A column is written whole whatever changes of it.
fn altered(after: &State, table: &str, of: &str, change: &ColumnChange) -> Result<String> {
    if matches!(change, ColumnChange::Type { using: Some(_), .. }) {
        return Err(unsupported("a type with the expression that makes its values"));
    }
    let columns = after.table(table).map(|table| table.definition.columns.as_slice());
    let found = columns.unwrap_or_default().iter().find(|column| column.name == of);
    let found: &ColumnDefinition = found.ok_or_else(|| unsupported("a column of no table"))?;
    if found.options.iter().any(|option| option.starts_with("CHECK")) {
        return Err(unsupported("altering a column with a check said at it"));
    }
    let definition = column(found, false, Dialect::MySql);
    Ok(format!("ALTER TABLE {} MODIFY COLUMN {definition}", name(table)))
}

/// Keys and indexes go with each of their columns; left to itself the server would keep what is left of
/// them, and a unique key over fewer columns refuses rows.
fn dropped(before: &State, table: &str, column: &str) -> String {
    let mut parts = Vec::new();
    if let Some(state) = before.table(table) {
        let has = |columns: &[String]| columns.iter().any(|listed| listed == column);
        let definition = &state.definition;
        let keys = definition.foreign_keys.iter().filter(|key| has(&key.columns));
        parts.extend(keys.map(|key| format!("DROP FOREIGN KEY {}", name(&key.name))));
        let keys = definition.unique_keys.iter().filter(|key| has(&key.columns));
        parts.extend(keys.map(|key| format!("DROP INDEX {}", name(&key.name))));
        let indexes = state
            .indexes
            .iter()
            .filter(|index| index.parts.iter().any(|part| part.column.as_deref() == Some(column)));
        parts.extend(indexes.map(|index| format!("DROP INDEX {}", name(&index.name))));
    }
    parts.push(format!("DROP COLUMN {}", name(column)));
    format!("ALTER TABLE {} {}", name(table), parts.join(", "))
}
