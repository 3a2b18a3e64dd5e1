//! Reads the structure of the connection's own SQLite file: from the pragmas, and from the text of
//! a table's creation what they do not tell.

mod declared;

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable};

use self::declared::Declared;
use super::{
    ColumnStructure, DOING, ForeignKeyStructure, Generation, LeaveOut, Structure, TableStructure,
    text::normal,
};
use crate::{
    error::{Error, Result},
    migrate::{piece::pieces, render::quoted},
    scope::Dialect,
};

const TABLES: &str = "SELECT name, sql FROM main.sqlite_schema \
     WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

const COLUMNS: &str = "SELECT m.name, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden \
     FROM main.sqlite_schema m, pragma_table_xinfo(m.name, 'main') x \
     WHERE m.type = 'table' ORDER BY m.name, x.cid";

const FOREIGN_KEYS: &str = "SELECT m.name, x.id, x.\"table\", x.\"from\", x.\"to\", \
     x.on_delete, x.on_update \
     FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') x \
     WHERE m.type = 'table' ORDER BY m.name, x.id, x.seq";

/// Without a text are the indexes that serve a key.
const INDEXES: &str = "SELECT tbl_name, name, sql FROM main.sqlite_schema \
     WHERE type = 'index' AND sql IS NOT NULL";

/// A column that makes its values is hidden from `SELECT *` in one of these ways.
const VIRTUAL: i32 = 2;
const STORED: i32 = 3;

fn cell<T: TryGetable>(row: &QueryResult, at: usize) -> Result<T> {
    row.try_get_by_index(at).map_err(Error::database(DOING))
}

async fn rows<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<QueryResult>> {
    connection
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .map_err(Error::database(DOING))
}

struct Table {
    structure: TableStructure,
    declared: Declared,
    /// The columns of the primary key by their place in it.
    primary_key: BTreeMap<i32, String>,
}

pub(super) async fn of_main<C: ConnectionTrait>(
    connection: &C,
    leave_out: LeaveOut<'_>,
) -> Result<Structure> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in rows(connection, TABLES).await? {
        let name: String = cell(&row, 0)?;
        if !leave_out(&name) {
            let mut declared = declared::read(&cell::<String>(&row, 1)?);
            let structure = TableStructure {
                unique_keys: std::mem::take(&mut declared.unique_keys),
                checks: std::mem::take(&mut declared.checks),
                options: std::mem::take(&mut declared.options),
                ..TableStructure::default()
            };
            tables.insert(name, Table { structure, declared, primary_key: BTreeMap::new() });
        }
    }
    for row in rows(connection, COLUMNS).await? {
        if let Some(table) = tables.get_mut(&cell::<String>(&row, 0)?) {
            add_column(table, &row)?;
        }
    }
    read_foreign_keys(connection, &mut tables).await?;
    for row in rows(connection, INDEXES).await? {
        if let Some(table) = tables.get_mut(&cell::<String>(&row, 0)?) {
            let definition = index_definition(&cell::<String>(&row, 2)?);
            table.structure.indexes.insert(cell(&row, 1)?, definition);
        }
    }
    let finished = tables.into_iter().map(|(name, table)| {
        let primary_key = table.primary_key.into_values().collect();
        (name, TableStructure { primary_key, ..table.structure })
    });
    Ok(Structure { tables: finished.collect(), types: BTreeMap::new() })
}

fn add_column(table: &mut Table, row: &QueryResult) -> Result<()> {
    let name: String = cell(row, 1)?;
    let mut declared = table.declared.columns.remove(&name).unwrap_or_default();
    let generated = match (cell::<i32>(row, 6)?, declared.expression.take()) {
        (STORED, Some(expression)) => Some(Generation::Stored(expression)),
        (VIRTUAL, Some(expression)) => Some(Generation::Virtual(expression)),
        _ => declared.autoincrement.then_some(Generation::Autoincrement),
    };
    let place: i32 = cell(row, 5)?;
    if place > 0 {
        table.primary_key.insert(place, name.clone());
    }
    let default: Option<String> = cell(row, 4)?;
    table.structure.columns.push(ColumnStructure {
        name,
        // To SQLite all ways of writing it are one (https://www.sqlite.org/datatype3.html#determination_of_column_affinity).
        data_type: cell::<String>(row, 2)?.to_ascii_lowercase(),
        collation: declared.collation,
        nullable: cell::<i32>(row, 3)? == 0,
        default: default.map(|default| normal(&pieces(&default, Dialect::Sqlite))),
        generated,
    });
    Ok(())
}

/// A foreign key, of which the pragma gives a row for each column.
struct Key {
    references: String,
    columns: Vec<String>,
    /// Empty where the key does not name them.
    referenced_columns: Vec<String>,
    on_delete: String,
    on_update: String,
}

async fn read_foreign_keys<C: ConnectionTrait>(
    connection: &C,
    tables: &mut BTreeMap<String, Table>,
) -> Result<()> {
    let mut keys: BTreeMap<(String, i32), Key> = BTreeMap::new();
    for row in rows(connection, FOREIGN_KEYS).await? {
        let key = keys.entry((cell(&row, 0)?, cell(&row, 1)?)).or_insert(Key {
            references: cell(&row, 2)?,
            columns: Vec::new(),
            referenced_columns: Vec::new(),
            on_delete: cell(&row, 5)?,
            on_update: cell(&row, 6)?,
        });
        key.columns.push(cell(&row, 3)?);
        key.referenced_columns.extend(cell::<Option<String>>(&row, 4)?);
    }
    for ((table, _), key) in keys {
        let Some(table) = tables.get_mut(&table) else { continue };
        let declared = table.declared.foreign_keys.iter().position(|d| d.columns == key.columns);
        let declared = declared.map(|at| table.declared.foreign_keys.remove(at));
        let is_deferred = declared.as_ref().is_some_and(|key| key.deferred);
        let definition = key_definition(&key, is_deferred);
        let name = declared.and_then(|d| d.name).unwrap_or_else(|| definition.clone());
        let key = ForeignKeyStructure { references: key.references, definition };
        table.structure.foreign_keys.insert(name, key);
    }
    Ok(())
}

fn key_definition(key: &Key, is_deferred: bool) -> String {
    let mut text =
        format!("FOREIGN KEY ({}) REFERENCES {}", list(&key.columns), shown(&key.references));
    if !key.referenced_columns.is_empty() {
        text.push_str(&format!(" ({})", list(&key.referenced_columns)));
    }
    for (event, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
        if action != "NO ACTION" {
            text.push_str(&format!(" ON {event} {action}"));
        }
    }
    if is_deferred {
        text.push_str(" DEFERRABLE INITIALLY DEFERRED");
    }
    text
}

fn shown(name: &str) -> String {
    normal(&pieces(&quoted(name), Dialect::Sqlite))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
}

/// `CREATE UNIQUE INDEX IF NOT EXISTS main.name ON table (…)` without its name.
fn index_definition(text: &str) -> String {
    let pieces = pieces(text, Dialect::Sqlite);
    let on = pieces.iter().position(|piece| piece.is_word("ON")).unwrap_or_default();
    let is_unique = pieces.iter().take(on).any(|piece| piece.is_word("UNIQUE"));
    let create = if is_unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" };
    format!("{create} {}", normal(&pieces[on..]))
}
