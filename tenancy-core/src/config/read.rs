//! Reads one value as the kind that its key demands, or says what is wrong with it.

use figment::value::Value;

use super::checks::read_silence;
use super::key::{OptionKey, OptionKind};
use super::layer::Entry;
use super::schema::Schema;
use super::sourced::Sourced;
use super::value::OptionValue;
use crate::check::{
    Finding, impossible_value, invalid_database_url, unknown_strategy, unsupported_engine,
    wrong_type,
};

/// Reads the value of an entry.
pub(crate) fn read(
    schema: &Schema,
    key: &OptionKey,
    entry: &Entry,
) -> Result<OptionValue, Vec<Finding>> {
    let one = |result: Result<OptionValue, Finding>| result.map_err(|finding| vec![finding]);
    match key.kind {
        OptionKind::Text | OptionKind::Path => one(text(key, entry).map(owned)),
        OptionKind::Identifier => one(identifier(key, entry)),
        OptionKind::Integer { min, max } => one(integer(key, entry, min, max)),
        OptionKind::Bool => one(boolean(key, entry)),
        OptionKind::Choice(choices) => one(choice(key, entry, choices)),
        OptionKind::List => one(list(key, entry).map(OptionValue::List)),
        OptionKind::Identifiers => one(identifiers(key, entry)),
        OptionKind::DatabaseUrl => one(database_url(key, entry)),
        OptionKind::Strategy => one(strategy(schema, key, entry)),
        OptionKind::Silences => silences(key, entry),
    }
}

fn owned(text: &str) -> OptionValue {
    OptionValue::Text(text.to_owned())
}

fn wrong(key: &OptionKey, entry: &Entry) -> Finding {
    let found = (!entry.textual).then(|| type_name(&entry.value));
    wrong_type::finding(&entry.path, key.kind.expected(), found, entry.source.clone())
}

fn impossible(entry: &Entry, must: &str) -> Finding {
    impossible_value::finding(&entry.path, must, entry.source.clone())
}

fn string<'a>(key: &OptionKey, entry: &'a Entry) -> Result<&'a str, Finding> {
    entry.value.as_str().ok_or_else(|| wrong(key, entry))
}

fn text<'a>(key: &OptionKey, entry: &'a Entry) -> Result<&'a str, Finding> {
    let text = string(key, entry)?;
    if text.trim().is_empty() {
        Err(impossible(entry, "a text that is not empty"))
    } else {
        Ok(text)
    }
}

fn identifier(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Finding> {
    let name = string(key, entry)?;
    if is_identifier(name) { Ok(owned(name)) } else { Err(impossible(entry, IDENTIFIER)) }
}

fn identifiers(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Finding> {
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

fn integer(key: &OptionKey, entry: &Entry, min: u32, max: u32) -> Result<OptionValue, Finding> {
    let number = match entry.value.as_str() {
        Some(text) if entry.textual => text.parse().ok(),
        _ => entry.value.to_i128(),
    };
    let number: i128 = number.ok_or_else(|| wrong(key, entry))?;
    match u32::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(OptionValue::Integer(number)),
        _ => Err(impossible(entry, &format!("between {min} and {max}"))),
    }
}

fn boolean(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Finding> {
    let flag = match entry.value.as_str() {
        Some(text) if entry.textual => text.parse().ok(),
        _ => entry.value.to_bool(),
    };
    flag.map(OptionValue::Bool).ok_or_else(|| wrong(key, entry))
}

fn choice(key: &OptionKey, entry: &Entry, choices: &[&str]) -> Result<OptionValue, Finding> {
    let word = string(key, entry)?;
    if !choices.contains(&word) {
        return Err(impossible_value::choice(&entry.path, word, choices, entry.source.clone()));
    }
    if entry.path == "database.engine" && word != "plain" {
        return Err(unsupported_engine::finding(word, entry.source.clone()));
    }
    Ok(owned(word))
}

fn list(key: &OptionKey, entry: &Entry) -> Result<Vec<String>, Finding> {
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

fn database_url(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Finding> {
    string(key, entry)?
        .parse()
        .map(OptionValue::DatabaseUrl)
        .map_err(|reason| invalid_database_url::finding(&entry.path, reason, entry.source.clone()))
}

fn strategy(schema: &Schema, key: &OptionKey, entry: &Entry) -> Result<OptionValue, Finding> {
    let name = string(key, entry)?;
    let unknown = || unknown_strategy::finding(schema, name, entry.source.clone());
    if schema.strategy_names().all(|known| known != name) {
        return Err(unknown());
    }
    name.parse().map(OptionValue::Strategy).map_err(|_| unknown())
}

fn silences(key: &OptionKey, entry: &Entry) -> Result<OptionValue, Vec<Finding>> {
    let Some(items) = entry.value.as_array() else { return Err(vec![wrong(key, entry)]) };
    let mut read = Vec::new();
    let mut findings = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let source = entry.items.get(index).unwrap_or(&entry.source);
        match read_silence(index, item, source) {
            Ok(silence) => read.push(Sourced::new(silence, source.clone())),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(OptionValue::Silences(read)) } else { Err(findings) }
}

/// Names the type of a value, for a message.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "a string",
        Value::Bool(..) => "true or false",
        Value::Num(..) => "a number",
        Value::Empty(..) => "a date or nothing",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
    }
}
