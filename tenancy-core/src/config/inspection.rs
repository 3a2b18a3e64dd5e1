//! [`Inspection`]: everything that was read, also when it cannot be used.

use serde::Serialize;

use super::Config;
use super::checks::Silence;
use super::layer::Layer;
use super::merge::merge;
use super::schema::Schema;
use super::sourced::Sourced;
use super::strategy_name::StrategyName;
use super::value::Values;
use super::view::View;
use crate::check::{
    Finding, Findings, Source, conflicting_database_urls, conflicting_strategies, foreign_option,
    missing_database_url, missing_strategy, mixed_databases, mixed_strategies,
};

/// One value as it is shown: secrets are hidden, texts stand in quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConfigValue {
    /// The key's path, such as `database.url`.
    pub key: String,
    /// The value as TOML, without secrets.
    pub value: String,
    /// Where it was configured.
    pub source: Source,
    /// What the key means.
    pub doc: &'static str,
}

/// What loading found: the values that can be shown and all findings.
///
/// `tenancy config show` and the checks use it where [`Config`] would be refused.
#[derive(Debug)]
pub struct Inspection {
    values: Values,
    shown: Vec<ConfigValue>,
    findings: Findings,
}

impl Inspection {
    /// Merges the layers, lowest precedence first, and checks everything there is to check.
    pub(super) fn new(schema: &Schema, layers: &[Layer], mut findings: Vec<Finding>) -> Self {
        let mut values = merge(schema, layers, &mut findings);
        let view = View { schema, layers };
        findings.extend(mixed_strategies::find(&view));
        findings.extend(missing_strategy::find(&view));
        findings.extend(conflicting_strategies::find(&view));
        findings.extend(foreign_option::find(&view));
        findings.extend(missing_database_url::find(&view));
        findings.extend(conflicting_database_urls::find(&view));
        if let Some(database) = super::Database::read(&values) {
            findings.extend(mixed_databases::find(&database));
        }

        let chosen = view.chosen();
        values.0.retain(|path, value| {
            let owner = schema.strategy_of(path);
            owner.is_none() || owner == chosen || value.source != Source::Default
        });
        let shown = show(schema, &values);
        Self { values, shown, findings: findings.into() }
    }

    /// Returns the strategy that won, even if another place names a different one.
    #[must_use]
    pub fn strategy(&self) -> Option<Sourced<StrategyName>> {
        self.values.strategy()
    }

    /// Lists every value that is set, in the order of the reference.
    #[must_use]
    pub fn values(&self) -> &[ConfigValue] {
        &self.shown
    }

    /// Returns a text, path, identifier or choice by its path, such as `migrate.tenant`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<Sourced<&str>> {
        self.values.text(key)
    }

    /// Lists the silenced codes with their reasons, also when the rest cannot be used.
    #[must_use]
    pub fn silences(&self) -> Vec<Sourced<Silence>> {
        self.values.silences()
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Turns what was read into a configuration.
    ///
    /// # Errors
    ///
    /// Returns all findings when any of them is an error.
    pub fn into_config(self) -> Result<Config, Findings> {
        if self.findings.has_errors() {
            return Err(self.findings);
        }
        Config::read(self.values, self.shown).ok_or(self.findings)
    }
}

fn show(schema: &Schema, values: &Values) -> Vec<ConfigValue> {
    let set = schema.paths().filter_map(|(path, key)| {
        let found = values.0.get(&path)?;
        let (value, source) = (found.value.to_string(), found.source.clone());
        Some(ConfigValue { key: path, value, source, doc: key.doc })
    });
    set.collect()
}
