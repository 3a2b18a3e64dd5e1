//! Reads one value as the kind that its key demands, or says what is wrong with it.

use figment::value::Value;

use super::checks::read_silence;
use super::key::{OptionKey, OptionKind};
use super::layer::Entry;
use super::schema::Schema;
use super::sourced::Sourced;
use super::value::OptionValue;
use crate::check::{
    Findings, impossible_value, invalid_database_url, unknown_strategy, unsupported_engine,
    wrong_type,
};

/// Reads the value of an entry.
pub(crate) fn read(
    schema: &Schema,
    key: &OptionKey,
    entry: &Entry,
) -> Result<OptionValue, Findings> {
    match key.kind {
        OptionKind::Text | OptionKind::Path => text(key, entry),
        OptionKind::Identifier => identifier(key, entry),
        OptionKind::Integer { min, max } => integer(key, entry, min, max),
        OptionKind::Bool => boolean(key, entry),
        OptionKind::Choice(choices) => choice(key, entry, choices),
        OptionKind::Engine => engine(key, entry),
        OptionKind::List => list(key, entry).map(OptionValue::List),
        OptionKind::Identifiers => identifiers(key, entry),
        OptionKind::DatabaseUrl => database_url(key, entry),
        OptionKind::Strategy => strategy(schema, key, entry),
        OptionKind::Silences => silences(key, entry),
    }
}

fn owned(text: &str) -> OptionValue {
    OptionValue::Text(text.to_owned())
}

fn wrong(key: &OptionKey, entry: &Entry) -> Findings {
    let found = (!entry.textual).then(|| type_name(&entry.value));
    wrong_type::finding(&entry.path, key.kind.expected(), found, entry.source.clone()).into()
}

fn impossible(entry: &Entry, must: &str) -> Findings {
    impossible_value::finding(&entry.path, must, entry.source.clone()).into()
}

fn string<'a>(key: &OptionKey, entry: &'a Entry) -> Result<&'a str, Findings> {
    entry.value.as_str().ok_or_else(|| wrong(key, entry))
}

fn text(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let text = string(key, entry)?;
    let empty = text.trim().is_empty();
    if empty { Err(impossible(entry, "a text that is not empty")) } else { Ok(owned(text)) }
}

fn identifier(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let name = string(key, entry)?;
    if is_identifier(name) { Ok(owned(name)) } else { Err(impossible(entry, IDENTIFIER)) }
}

fn identifiers(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let names = list(key, entry)?;
    if names.iter().all(|name| is_identifier(name)) {
        Ok(OptionValue::List(names))
    } else {
        Err(impossible(entry, &format!("a list in which each is {IDENTIFIER}")))
    }
}

const IDENTIFIER: &str =
    "a name of `a-z`, `0-9` and `_` that starts with a letter, at most 63 bytes";

fn is_identifier(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    starts && name.len() <= 63 && name.chars().all(inner)
}

fn integer(key: &OptionKey, entry: &Entry, min: u32, max: u32) -> Result<OptionValue, Findings> {
    let number = match entry.value.as_str() {
        Some(text) if entry.textual => text.parse().ok(),
        _ => whole(&entry.value),
    };
    let number: i128 = number.ok_or_else(|| wrong(key, entry))?;
    match u32::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(OptionValue::Integer(number)),
        _ => Err(impossible(entry, &format!("between {min} and {max}"))),
    }
}

/// Opens a whole number of any type: figment keeps signed and unsigned ones apart.
fn whole(value: &Value) -> Option<i128> {
    value.to_i128().or_else(|| i128::try_from(value.to_u128()?).ok())
}

fn boolean(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let flag = match entry.value.as_str() {
        Some(text) if entry.textual => text.parse().ok(),
        _ => entry.value.to_bool(),
    };
    flag.map(OptionValue::Bool).ok_or_else(|| wrong(key, entry))
}

fn choice(key: &OptionKey, entry: &Entry, choices: &[&str]) -> Result<OptionValue, Findings> {
    let word = string(key, entry)?;
    if !choices.contains(&word) {
        return Err(
            impossible_value::choice(&entry.path, word, choices, entry.source.clone()).into()
        );
    }
    Ok(owned(word))
}

fn engine(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    match string(key, entry)? {
        "citus" => Err(unsupported_engine::finding("citus", entry.source.clone()).into()),
        _ => choice(key, entry, &["plain"]),
    }
}

fn list(key: &OptionKey, entry: &Entry) -> Result<Vec<String>, Findings> {
    let items: Option<Vec<String>> = match &entry.value {
        Value::String(_, text) if entry.textual => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(items.map(str::to_owned).collect())
        }
        Value::Array(_, items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Value::String(..)
        | Value::Char(..)
        | Value::Bool(..)
        | Value::Num(..)
        | Value::Empty(..)
        | Value::Dict(..) => None,
    };
    let items = items.ok_or_else(|| wrong(key, entry))?;
    if items.iter().any(|item| item.trim().is_empty()) {
        return Err(impossible(entry, "a list without empty texts"));
    }
    Ok(items)
}

fn database_url(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let url = string(key, entry)?.parse().map_err(|reason| {
        invalid_database_url::finding(&entry.path, reason, entry.source.clone())
    })?;
    Ok(OptionValue::DatabaseUrl(url))
}

fn strategy(schema: &Schema, key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let name = string(key, entry)?;
    let unknown = || unknown_strategy::finding(schema, name, entry.source.clone()).into();
    if schema.strategy_names().all(|known| known != name) {
        return Err(unknown());
    }
    name.parse().map(OptionValue::Strategy).map_err(|_| unknown())
}

fn silences(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Findings> {
    let Some(items) = entry.value.as_array() else { return Err(wrong(key, entry)) };
    let mut read = Vec::new();
    let mut findings = Findings::new();
    for (index, item) in items.iter().enumerate() {
        let source = entry.items.get(index).unwrap_or(&entry.source);
        match read_silence(index, item, source) {
            Ok(silence) => read.push(Sourced::new(silence, source.clone())),
            Err(wrong) => findings.extend(wrong),
        }
    }
    if findings.is_empty() { Ok(OptionValue::Silences(read)) } else { Err(findings) }
}

/// Names the type of a value, for a message.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "a string",
        Value::Bool(..) => "true or false",
        Value::Num(..) if whole(value).is_none() => "a fraction",
        Value::Num(..) => "a number",
        Value::Empty(..) => "a date or nothing",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
    }
}
