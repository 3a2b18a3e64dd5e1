//! Reads the structure of the database of MariaDB or MySQL that a connection stands in.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable};

use super::{
    ColumnStructure, DOING, ForeignKeyStructure, Generation, LeaveOut, Structure, TableStructure,
};
use crate::error::{Error, Result};

const TABLES: &str = "SELECT CONVERT(table_name USING utf8mb4), CONVERT(engine USING utf8mb4) \
     FROM information_schema.tables \
     WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";

const COLUMNS: &str = "SELECT CONVERT(table_name USING utf8mb4), \
     CONVERT(column_name USING utf8mb4), CONVERT(column_type USING utf8mb4), \
     CONVERT(is_nullable USING utf8mb4), CONVERT(column_default USING utf8mb4), \
     CONVERT(extra USING utf8mb4), CONVERT(generation_expression USING utf8mb4), \
     CONVERT(collation_name USING utf8mb4) \
     FROM information_schema.columns WHERE table_schema = DATABASE() \
     ORDER BY table_name, ordinal_position";

/// An expression in an index has no column.
const INDEXES: &str = "SELECT CONVERT(table_name USING utf8mb4), \
     CONVERT(index_name USING utf8mb4), CAST(non_unique AS SIGNED), \
     CONVERT(COALESCE(column_name, '(an expression)') USING utf8mb4), CAST(sub_part AS SIGNED), \
     CONVERT(collation USING utf8mb4), CONVERT(index_type USING utf8mb4) \
     FROM information_schema.statistics WHERE table_schema = DATABASE() \
     ORDER BY table_name, index_name, seq_in_index";

const FOREIGN_KEYS: &str = "SELECT CONVERT(k.table_name USING utf8mb4), \
     CONVERT(k.constraint_name USING utf8mb4), CONVERT(k.column_name USING utf8mb4), \
     CONVERT(IF(k.referenced_table_schema = DATABASE(), k.referenced_table_name, \
     CONCAT(k.referenced_table_schema, '.', k.referenced_table_name)) USING utf8mb4), \
     CONVERT(k.referenced_column_name USING utf8mb4), CONVERT(r.delete_rule USING utf8mb4), \
     CONVERT(r.update_rule USING utf8mb4) \
     FROM information_schema.key_column_usage k \
     JOIN information_schema.referential_constraints r \
     ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name \
     AND r.table_name = k.table_name \
     WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL \
     ORDER BY k.table_name, k.constraint_name, k.ordinal_position";

const CHECKS: &str = "SELECT CONVERT(t.table_name USING utf8mb4), \
     CONVERT(t.constraint_name USING utf8mb4), CONVERT(c.check_clause USING utf8mb4) \
     FROM information_schema.table_constraints t \
     JOIN information_schema.check_constraints c \
     ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name \
     WHERE t.table_schema = DATABASE() AND t.constraint_type = 'CHECK' ORDER BY 1, 2, 3";

fn cell<T: TryGetable>(row: &QueryResult, at: usize) -> Result<T> {
    row.try_get_by_index(at).map_err(Error::database(DOING))
}

async fn rows<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<QueryResult>> {
    connection
        .query_all_raw(Statement::from_string(DbBackend::MySql, sql))
        .await
        .map_err(Error::database(DOING))
}

/// The tables of the database that the connection stands in.
pub(super) async fn of_database<C: ConnectionTrait>(
    connection: &C,
    leave_out: LeaveOut<'_>,
) -> Result<Structure> {
    let mut tables: BTreeMap<String, TableStructure> = BTreeMap::new();
    for row in rows(connection, TABLES).await? {
        let (name, engine): (String, Option<String>) = (cell(&row, 0)?, cell(&row, 1)?);
        if !leave_out(&name) {
            let engine = engine.filter(|engine| engine != "InnoDB");
            let options = engine.map(|engine| format!("ENGINE {engine}")).into_iter().collect();
            tables.insert(name, TableStructure { options, ..TableStructure::default() });
        }
    }
    for row in rows(connection, COLUMNS).await? {
        if let Some(table) = tables.get_mut(&cell::<String>(&row, 0)?) {
            table.columns.push(column(&row)?);
        }
    }
    for row in rows(connection, CHECKS).await? {
        if let Some(table) = tables.get_mut(&cell::<String>(&row, 0)?) {
            let check = format!("CHECK ({})", cell::<String>(&row, 2)?);
            table.checks.insert(cell(&row, 1)?, check);
        }
    }
    read_foreign_keys(connection, &mut tables).await?;
    read_indexes(connection, &mut tables).await?;
    Ok(Structure { tables, types: BTreeMap::new() })
}

fn column(row: &QueryResult) -> Result<ColumnStructure> {
    let extra: String = cell::<Option<String>>(row, 5)?.unwrap_or_default();
    let expression: Option<String> = cell(row, 6)?;
    let expression = expression.filter(|expression| !expression.is_empty());
    let says = |words: &str| extra.to_ascii_lowercase().contains(words);
    let generated = match expression {
        Some(expression) if says("virtual") => Some(Generation::Virtual(expression)),
        Some(expression) => Some(Generation::Stored(expression)),
        None => says("auto_increment").then_some(Generation::Autoincrement),
    };
    let default: Option<String> = cell(row, 4)?;
    Ok(ColumnStructure {
        name: cell(row, 1)?,
        data_type: cell(row, 2)?,
        collation: cell(row, 7)?,
        nullable: cell::<String>(row, 3)? == "YES",
        // MariaDB says so of a column that has none and may be null.
        default: default.filter(|default| default != "NULL"),
        generated,
    })
}

/// A foreign key, of which there is a row for each column.
struct Key {
    references: String,
    columns: Vec<String>,
    referenced_columns: Vec<String>,
    on_delete: String,
    on_update: String,
}

async fn read_foreign_keys<C: ConnectionTrait>(
    connection: &C,
    tables: &mut BTreeMap<String, TableStructure>,
) -> Result<()> {
    let mut keys: BTreeMap<(String, String), Key> = BTreeMap::new();
    for row in rows(connection, FOREIGN_KEYS).await? {
        let key = keys.entry((cell(&row, 0)?, cell(&row, 1)?)).or_insert(Key {
            references: cell(&row, 3)?,
            columns: Vec::new(),
            referenced_columns: Vec::new(),
            on_delete: cell(&row, 5)?,
            on_update: cell(&row, 6)?,
        });
        key.columns.push(cell(&row, 2)?);
        key.referenced_columns.push(cell(&row, 4)?);
    }
    for ((table, name), key) in keys {
        let Some(table) = tables.get_mut(&table) else { continue };
        let mut definition = format!(
            "FOREIGN KEY ({}) REFERENCES {} ({})",
            key.columns.join(", "),
            key.references,
            key.referenced_columns.join(", ")
        );
        for (event, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
            // Both refuse at once (https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html).
            if !["NO ACTION", "RESTRICT"].contains(&action.as_str()) {
                definition.push_str(&format!(" ON {event} {action}"));
            }
        }
        let key = ForeignKeyStructure { references: key.references, definition };
        table.foreign_keys.insert(name, key);
    }
    Ok(())
}

/// An index, of which there is a row for each column.
struct Index {
    is_unique: bool,
    kind: String,
    parts: Vec<String>,
    columns: Vec<String>,
}

/// A unique index is a unique key to the database. One that serves a foreign key and has its name is no
/// index of its own.
async fn read_indexes<C: ConnectionTrait>(
    connection: &C,
    tables: &mut BTreeMap<String, TableStructure>,
) -> Result<()> {
    let mut indexes: BTreeMap<(String, String), Index> = BTreeMap::new();
    for row in rows(connection, INDEXES).await? {
        let index = indexes.entry((cell(&row, 0)?, cell(&row, 1)?)).or_insert(Index {
            is_unique: cell::<i64>(&row, 2)? == 0,
            kind: cell(&row, 6)?,
            parts: Vec::new(),
            columns: Vec::new(),
        });
        let column: String = cell(&row, 3)?;
        let length = cell::<Option<i64>>(&row, 4)?;
        let length = length.map(|length| format!("({length})")).unwrap_or_default();
        let is_descending = cell::<Option<String>>(&row, 5)?.as_deref() == Some("D");
        let order = if is_descending { " DESC" } else { "" };
        index.parts.push(format!("{column}{length}{order}"));
        index.columns.push(column);
    }
    for ((table, name), index) in indexes {
        let Some(table) = tables.get_mut(&table) else { continue };
        if name == "PRIMARY" {
            table.primary_key = index.columns;
            continue;
        }
        if table.foreign_keys.contains_key(&name) {
            continue;
        }
        let parts = index.parts.join(", ");
        if index.is_unique {
            table.unique_keys.insert(name, format!("UNIQUE ({parts})"));
        } else {
            table.indexes.insert(name, format!("CREATE INDEX USING {} ({parts})", index.kind));
        }
    }
    Ok(())
}
