//! Merges the layers: each is checked against the known keys, and figment decides which one wins.

use std::collections::BTreeMap;

use figment::value::{Dict, Map};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::layer::{Entry, Layer};
use super::read::{read, type_name};
use super::schema::{Schema, split};
use super::sourced::Sourced;
use super::value::{OptionValue, Values};
use crate::check::{Finding, Findings, unknown_key, wrong_type};

/// Merges the layers, lowest precedence first; whatever is wrong in any of them is a finding.
pub(crate) fn merge(schema: &Schema, layers: &[Layer], findings: &mut Vec<Finding>) -> Values {
    let accepted: Vec<_> =
        layers.iter().map(|layer| accept(schema, layer, findings)).enumerate().collect();
    let mut figment = Figment::new();
    for (number, values) in &accepted {
        figment = figment.merge(Numbered { number: *number, values });
    }
    let winner = |path: &str| {
        let number = figment.find_value(path).ok()?.to_u128()?;
        let (_, values) = accepted.get(usize::try_from(number).ok()?)?;
        values.get(path).cloned()
    };
    let merged = schema.paths().filter_map(|(path, _)| Some((path.clone(), winner(&path)?)));
    Values(merged.collect())
}

type Accepted = BTreeMap<String, Sourced<OptionValue>>;

/// Shows a layer to figment: under each key the number of the layer, so that the precedence is
/// figment's and no secret is copied.
struct Numbered<'a> {
    number: usize,
    values: &'a Accepted,
}

impl Provider for Numbered<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("tenancy configuration")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut top = Dict::new();
        let mut sections: BTreeMap<&str, Dict> = BTreeMap::new();
        for path in self.values.keys() {
            let (section, key) = split(path);
            let table =
                if section.is_empty() { &mut top } else { sections.entry(section).or_default() };
            table.insert(key.to_owned(), self.number.into());
        }
        top.extend(sections.into_iter().map(|(name, table)| (name.to_owned(), table.into())));
        Ok(Map::from([(Profile::Default, top)]))
    }
}

fn accept(schema: &Schema, layer: &Layer, findings: &mut Vec<Finding>) -> Accepted {
    let unknown: Vec<_> =
        layer.sections.iter().filter(|(name, _)| schema.section(name).is_none()).collect();
    for (name, source) in &unknown {
        findings.push(match schema.key(name) {
            Some(key) => {
                wrong_type::finding(name, key.kind.expected(), Some("a table"), source.clone())
            }
            None => unknown_key::section(schema, name, source.clone()),
        });
    }
    let mut accepted = Accepted::new();
    for entry in &layer.entries {
        let (section, _) = split(&entry.path);
        if unknown.iter().any(|(name, _)| name == section) {
            continue;
        }
        match accept_entry(schema, entry) {
            Ok(value) => {
                accepted.insert(entry.path.clone(), Sourced::new(value, entry.source.clone()));
            }
            Err(wrong) => findings.extend(wrong),
        }
    }
    accepted
}

fn accept_entry(schema: &Schema, entry: &Entry) -> Result<OptionValue, Findings> {
    if let Some(key) = schema.key(&entry.path) {
        return read(schema, key, entry);
    }
    let source = entry.source.clone();
    Err(if schema.section(&entry.path).is_some() {
        let found = (!entry.textual).then(|| type_name(&entry.value));
        wrong_type::finding(&entry.path, "a table", found, source).into()
    } else {
        unknown_key::key(schema, &entry.path, source).into()
    })
}
