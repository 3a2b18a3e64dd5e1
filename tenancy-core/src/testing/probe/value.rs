//! Values for columns of whatever type, as SQL.

use std::collections::BTreeMap;

use crate::{Dialect, migrate::structure::ColumnStructure};

/// A text as a literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A value that a column of this type accepts, another one for each number; `None` for a type that
/// is not known here.
pub(super) fn of_column(
    column: &ColumnStructure,
    types: &BTreeMap<String, Vec<String>>,
    dialect: Dialect,
    number: u32,
) -> Option<String> {
    let data_type = column.data_type.to_lowercase();
    if let Some(values) = types.get(column.data_type.trim_matches('"')) {
        return values.first().map(|value| text(value));
    }
    if dialect == Dialect::Postgres && data_type.ends_with("[]") {
        return Some(text("{}"));
    }
    let named = |names: &[&str]| names.iter().any(|name| data_type.contains(name));
    Some(if named(&["uuid"]) {
        text(&format!("00000000-0000-7000-8000-{number:012}"))
    } else if named(&["json"]) {
        text("{}")
    } else if named(&["timestamp", "datetime"]) {
        text(&format!("2026-01-01 00:{:02}:{:02}", number / 60 % 60, number % 60))
    } else if named(&["interval"]) {
        text("1 day")
    } else if named(&["date"]) {
        text("2026-01-01")
    } else if named(&["time"]) {
        text("12:00:00")
    } else if named(&["bool"]) {
        "true".to_owned()
    } else if named(&["char", "text", "clob", "name"]) {
        text(&shortened(&format!("p{number}"), &data_type))
    } else if named(&["bytea", "blob", "binary"]) {
        bytes(dialect)
    } else if named(&["inet", "cidr"]) {
        text("127.0.0.1")
    } else if named(&["macaddr"]) {
        text("08:00:2b:01:02:03")
    } else if named(&["int", "serial", "numeric", "decimal", "real", "double", "float", "money"]) {
        number.to_string()
    } else {
        return None;
    })
}

fn bytes(dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => text("\\x01"),
        Dialect::Sqlite | Dialect::MySql => "X'01'".to_owned(),
    }
}

/// The end of a text, as long as `varchar(n)` lets it be.
fn shortened(value: &str, data_type: &str) -> String {
    let limit = data_type.split_once('(').and_then(|(_, rest)| {
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
    });
    let skip = limit.map_or(0, |limit| value.len().saturating_sub(limit));
    value.chars().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(data_type: &str, dialect: Dialect) -> Option<String> {
        let types = BTreeMap::from([("mood".to_owned(), vec!["it's".to_owned()])]);
        let column = ColumnStructure {
            name: "c".to_owned(),
            data_type: data_type.to_owned(),
            collation: None,
            nullable: false,
            default: None,
            generated: None,
        };
        of_column(&column, &types, dialect, 12)
    }

    #[test]
    fn every_usual_type_has_a_value() {
        for (data_type, expected) in [
            ("bigint", "12"),
            ("character varying(2)", "'12'"),
            ("timestamp with time zone", "'2026-01-01 00:00:12'"),
            ("uuid_text", "'00000000-0000-7000-8000-000000000012'"),
            ("mood", "'it''s'"),
            ("integer[]", "'{}'"),
        ] {
            assert_eq!(value(data_type, Dialect::Postgres).unwrap(), expected, "{data_type}");
        }
        assert_eq!(value("geometry", Dialect::Postgres), None);
    }
}
