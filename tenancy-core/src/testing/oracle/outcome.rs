//! What became of a statement, and rows as text, so that those of two databases can be compared.

use sea_orm::{
    QueryResult,
    sqlx::{Column, Row, TypeInfo, ValueRef, postgres::PgRow, sqlite::SqliteRow},
};

use crate::Refusal;

/// What became of a statement on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides gave the same rows and left the same rows.
    Equal,
    /// Both sides failed in the database.
    Failed,
    /// Scoping refused it.
    Refused(Refusal),
}

/// Whether the rows of a statement come in an order of their own: those that the corpus and the
/// grammar order are ordered by a key.
pub(super) fn is_ordered(sql: &str) -> bool {
    sql.ends_with("/* ordered */")
}

/// Rows as text; sorted, where they come in no order of their own.
pub(super) fn texts(rows: &[QueryResult], is_ordered: bool) -> Vec<String> {
    let mut texts: Vec<String> = rows.iter().map(text).collect();
    if !is_ordered {
        texts.sort();
    }
    texts
}

fn text(row: &QueryResult) -> String {
    if let Some(row) = row.try_as_pg_row() {
        return postgres_text(row);
    }
    #[cfg(feature = "mysql")]
    if let Some(row) = row.try_as_mysql_row() {
        return mysql_text(row);
    }
    row.try_as_sqlite_row().map(sqlite_text).unwrap_or_default()
}

/// The type stands beside the value: the server sends it as text or in bytes of that type.
#[cfg(feature = "mysql")]
fn mysql_text(row: &sea_orm::sqlx::mysql::MySqlRow) -> String {
    let value = |at: usize| {
        let Ok(value) = row.try_get_raw(at) else { return "?".to_owned() };
        if value.is_null() {
            return "NULL".to_owned();
        }
        let kind = value.type_info().name().to_owned();
        match kind.as_str() {
            "FLOAT" | "DOUBLE" => {
                row.try_get_unchecked::<f64, _>(at).map(|value| value.to_string())
            }
            "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "BOOLEAN" => {
                row.try_get_unchecked::<i64, _>(at).map(|value| value.to_string())
            }
            _ => row.try_get_unchecked::<Vec<u8>, _>(at).map(|value| readable(&value)),
        }
        .unwrap_or_else(|error| format!("{kind}: {error}"))
    };
    row.columns()
        .iter()
        .map(|column| format!("{}={}", column.name(), value(column.ordinal())))
        .collect::<Vec<_>>()
        .join(" ")
}

fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => format!("{text:?}"),
        Ok(_) | Err(_) => format!("{bytes:x?}"),
    }
}

fn postgres_text(row: &PgRow) -> String {
    let value = |at: usize| {
        let Ok(value) = row.try_get_raw(at) else { return "?".to_owned() };
        if value.is_null() {
            return "NULL".to_owned();
        }
        match value.as_bytes() {
            Ok(bytes) => readable(bytes),
            Err(_) => "?".to_owned(),
        }
    };
    row.columns()
        .iter()
        .map(|column| format!("{}={}", column.name(), value(column.ordinal())))
        .collect::<Vec<_>>()
        .join(" ")
}

fn sqlite_text(row: &SqliteRow) -> String {
    let value = |at: usize| {
        let Ok(value) = row.try_get_raw(at) else { return "?".to_owned() };
        if value.is_null() {
            return "NULL".to_owned();
        }
        match value.type_info().name() {
            "INTEGER" => row.try_get_unchecked::<i64, _>(at).map(|v| v.to_string()),
            "REAL" => row.try_get_unchecked::<f64, _>(at).map(|v| v.to_string()),
            "BLOB" => row.try_get_unchecked::<Vec<u8>, _>(at).map(|v| format!("{v:x?}")),
            _ => row.try_get_unchecked::<String, _>(at).map(|v| format!("{v:?}")),
        }
        .unwrap_or_else(|error| error.to_string())
    };
    row.columns()
        .iter()
        .map(|column| format!("{}={}", column.name(), value(column.ordinal())))
        .collect::<Vec<_>>()
        .join(" ")
}
