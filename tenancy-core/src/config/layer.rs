//! One layer of configuration: what a file, the environment or the flags say, before it is merged.

use figment::value::{Dict, Value};

use super::schema::{Schema, path};
use crate::check::Source;

/// What one place says.
#[derive(Default)]
pub(crate) struct Layer {
    /// The section headings, also of empty sections.
    pub(crate) sections: Vec<(String, Source)>,
    pub(crate) entries: Vec<Entry>,
}

/// One key and value as found. No `Debug`: the value may be a secret.
pub(crate) struct Entry {
    /// The path, such as `database.url`.
    pub(crate) path: String,
    pub(crate) value: Value,
    pub(crate) source: Source,
    /// The value is a text that stands for whatever the key's kind is.
    pub(crate) textual: bool,
    /// The places of a list's items.
    pub(crate) items: Vec<Source>,
}

impl Entry {
    pub(crate) fn text(path: &str, value: &str, source: Source) -> Self {
        let value = Value::from(value);
        Self { path: path.to_owned(), value, source, textual: true, items: Vec::new() }
    }
}

impl Layer {
    /// Collects the defaults of all known keys.
    pub(crate) fn defaults(schema: &Schema) -> Self {
        let entries = schema
            .paths()
            .filter_map(|(path, key)| Some(Entry::text(&path, key.default?, Source::Default)))
            .collect();
        Self { entries, ..Self::default() }
    }

    /// Takes a tree apart into its leaves; `locate` says where a path stands.
    pub(crate) fn collect(tree: &Dict, locate: &mut impl FnMut(&str, &Value) -> Source) -> Self {
        let mut layer = Self::default();
        layer.descend("", tree, locate);
        layer
    }

    fn descend(
        &mut self,
        parent: &str,
        tree: &Dict,
        locate: &mut impl FnMut(&str, &Value) -> Source,
    ) {
        for (key, value) in tree {
            let path = extend(parent, key);
            let source = locate(&path, value);
            if let Value::Dict(_, inner) = value {
                if parent.is_empty() {
                    self.sections.push((path.clone(), source));
                }
                self.descend(&path, inner, locate);
                continue;
            }
            let list = value.as_array().unwrap_or_default().iter().enumerate();
            let items =
                list.map(|(index, item)| locate(&format!("{path}.{index}"), item)).collect();
            self.entries.push(Entry { path, value: value.clone(), source, textual: false, items });
        }
    }
}

/// Extends a path by a key from outside; one that is no bare key is not shown and stays unknown.
pub(crate) fn extend(parent: &str, key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.len() <= 63 && key.chars().all(bare) {
        path(parent, key)
    } else {
        path(parent, "\"?\"")
    }
}
