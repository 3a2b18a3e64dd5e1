//! [`View`]: all layers side by side, for the checks that compare them.

use super::layer::{Entry, Layer};
use super::schema::Schema;
use crate::check::Source;

/// What every place says, lowest precedence first, before anything is merged or dropped.
pub(crate) struct View<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) layers: &'a [Layer],
}

impl<'a> View<'a> {
    /// Lists who sets a key, defaults left out.
    pub(crate) fn said(&self, path: &'a str) -> impl Iterator<Item = &'a Entry> {
        let entries = self.layers.iter().flat_map(|layer| &layer.entries);
        entries.filter(move |entry| entry.path == path && entry.source != Source::Default)
    }

    /// Lists the known strategies that are named, and where.
    pub(crate) fn named_strategies(&self) -> Vec<(&'static str, Source)> {
        self.said("strategy")
            .filter_map(|entry| {
                let name = entry.value.as_str()?;
                let known = self.schema.strategy_names().find(|known| *known == name)?;
                Some((known, entry.source.clone()))
            })
            .collect()
    }

    /// Returns the strategy that every source agrees on.
    pub(crate) fn chosen(&self) -> Option<&'static str> {
        let named = self.named_strategies();
        let (first, _) = named.first()?;
        named.iter().all(|(name, _)| name == first).then_some(*first)
    }

    /// Finds the first trace of each strategy among sections and options.
    pub(crate) fn strategy_traces(&self) -> Vec<(&'static str, Source)> {
        let mut traces: Vec<(&'static str, Source)> = Vec::new();
        for layer in self.layers {
            let sections = layer.sections.iter().map(|(name, source)| (name, source));
            let entries = layer.entries.iter().map(|entry| (&entry.path, &entry.source));
            let mut found: Vec<_> = sections
                .chain(entries)
                .filter(|(_, source)| **source != Source::Default)
                .filter_map(|(path, source)| Some((self.schema.strategy_of(path)?, source)))
                .collect();
            found.sort_by_key(|(_, source)| *source);
            for (name, source) in found {
                if traces.iter().all(|(known, _)| *known != name) {
                    traces.push((name, source.clone()));
                }
            }
        }
        traces
    }

    /// Lists every strategy's options, and sections without any, as words for a message.
    pub(crate) fn strategy_options(&self) -> Vec<(String, &'static str, Source)> {
        let mut options = Vec::new();
        for layer in self.layers {
            let set = |entry: &&Entry| entry.source != Source::Default;
            for entry in layer.entries.iter().filter(set) {
                if let Some(owner) = self.schema.strategy_of(&entry.path) {
                    options.push((format!("`{}`", entry.path), owner, entry.source.clone()));
                }
            }
            for (name, source) in &layer.sections {
                let Some(owner) = self.schema.strategy_of(name) else { continue };
                let prefix = format!("{name}.");
                if !layer.entries.iter().any(|entry| entry.path.starts_with(&prefix)) {
                    options.push((format!("the section `[{name}]`"), owner, source.clone()));
                }
            }
        }
        options
    }
}
