//! Reads `tenancy.toml`, keeping the line of every key.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use figment::value::{Dict, Empty, Tag, Value};
use toml_edit::{Document, Item, TableLike};

use super::layer::{Layer, extend};
use crate::check::{Findings, Source, invalid_toml, unreadable_file};

/// Reads a file; `named_by` is the variable or flag that named it.
pub(crate) fn layer(path: &Path, named_by: Option<&Source>) -> Result<Layer, Findings> {
    let unreadable =
        |reason: &str| Findings::from(unreadable_file::file(Source::file(path), named_by, reason));
    let bytes = fs::read(path).map_err(|error| unreadable(&error.kind().to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))?;
    let parsed = parse(&text).map_err(|error| {
        let line = error.line.map_or_else(|| Source::file(path), |line| Source::line(path, line));
        Findings::from(invalid_toml::finding(line, &error.description))
    })?;
    Ok(Layer::collect(&parsed.tree, &mut |key, _| parsed.source(path, key)))
}

/// A TOML text as a tree, with the line of every path.
pub(crate) struct Parsed {
    tree: Dict,
    lines: BTreeMap<String, usize>,
}

impl Parsed {
    /// Says where a path stands.
    pub(crate) fn source(&self, file: &Path, path: &str) -> Source {
        let line = self.lines.get(path).copied();
        Source::File { path: file.to_owned(), line }
    }
}

/// What the parser says, without a quotation from the text.
pub(crate) struct ParseError {
    line: Option<usize>,
    description: String,
}

/// Parses a TOML text.
pub(crate) fn parse(text: &str) -> Result<Parsed, ParseError> {
    // The parser's `Display` quotes the line, which may hold a password; its message does not.
    let document = Document::parse(text).map_err(|error| ParseError {
        line: error.span().map(|span| line_of(text, span.start)),
        description: error.message().to_owned(),
    })?;
    let mut reader = Reader { text, lines: BTreeMap::new() };
    let tree = reader.table("", document.as_table());
    Ok(Parsed { tree, lines: reader.lines })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

struct Reader<'a> {
    text: &'a str,
    lines: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn table(&mut self, parent: &str, table: &dyn TableLike) -> Dict {
        let mut tree = Dict::new();
        for (key, item) in table.iter() {
            let path = extend(parent, key);
            let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            if let Some(span) = span {
                self.lines.insert(path.clone(), line_of(self.text, span.start));
            }
            tree.insert(key.to_owned(), self.item(&path, item));
        }
        tree
    }

    fn item(&mut self, path: &str, item: &Item) -> Value {
        if let Some(table) = item.as_table_like() {
            return self.table(path, table).into();
        }
        if let Some(tables) = item.as_array_of_tables() {
            let tables = tables.iter().enumerate();
            let values: Vec<Value> = tables
                .map(|(index, table)| self.element(path, index, &Item::Table(table.clone())))
                .collect();
            return values.into();
        }
        if let Some(array) = item.as_array() {
            let items = array.iter().enumerate();
            let values: Vec<Value> = items
                .map(|(index, value)| self.element(path, index, &Item::Value(value.clone())))
                .collect();
            return values.into();
        }
        scalar(item)
    }

    fn element(&mut self, path: &str, index: usize, item: &Item) -> Value {
        let path = format!("{path}.{index}");
        if let Some(span) = item.span() {
            self.lines.insert(path.clone(), line_of(self.text, span.start));
        }
        self.item(&path, item)
    }
}

fn scalar(item: &Item) -> Value {
    let text = item.as_str().map(Value::from);
    text.or_else(|| item.as_integer().map(Value::from))
        .or_else(|| item.as_float().map(Value::from))
        .or_else(|| item.as_bool().map(Value::from))
        .unwrap_or(Value::Empty(Tag::Default, Empty::None))
}
