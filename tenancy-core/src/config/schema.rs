//! The keys that are known: the core's, and those of the strategies that were passed in.

use super::key::{OptionKey, StrategyKeys};
use super::keys::{SECTIONS, Section};

/// Everything that may stand in the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    strategies: Vec<StrategyKeys>,
}

impl Schema {
    /// Knows each strategy once; one that is called like a section of the core stays unknown.
    pub(crate) fn new(strategies: impl IntoIterator<Item = StrategyKeys>) -> Self {
        let mut schema = Self { strategies: Vec::new() };
        for known in strategies {
            if schema.section(known.name).is_none() {
                schema.strategies.push(known);
            }
        }
        schema
    }

    /// Lists the sections, the top of the file (with an empty name) first.
    pub(crate) fn sections(&self) -> impl Iterator<Item = Section> + '_ {
        let strategies =
            self.strategies.iter().map(|known| Section { name: known.name, keys: known.keys });
        SECTIONS.iter().copied().chain(strategies)
    }

    pub(crate) fn section(&self, name: &str) -> Option<Section> {
        self.sections().find(|section| section.name == name)
    }

    /// Lists every key with its path, in the order of the reference.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (String, &'static OptionKey)> + '_ {
        self.sections().flat_map(|section| {
            section.keys.iter().map(move |key| (path(section.name, key.name), key))
        })
    }

    pub(crate) fn key(&self, path: &str) -> Option<&'static OptionKey> {
        let (section, name) = split(path);
        self.section(section)?.keys.iter().find(|key| key.name == name)
    }

    pub(crate) fn strategy_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.strategies.iter().map(|known| known.name)
    }

    /// Names the strategy in whose section a path lies.
    pub(crate) fn strategy_of(&self, path: &str) -> Option<&'static str> {
        let section = path.split_once('.').map_or(path, |(section, _)| section);
        self.strategy_names().find(|name| *name == section)
    }
}

/// Splits a path into its section (empty at the top) and the rest.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or(("", path))
}

/// Joins a section (empty at the top) and a key.
pub(crate) fn path(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// Names the environment variable that sets the key at a path.
///
/// # Example
///
/// ```
/// use tenancy_core::config::environment_variable;
///
/// assert_eq!(environment_variable("shared-schema.rls"), "TENANCY_SHARED_SCHEMA__RLS");
/// ```
#[must_use]
pub fn environment_variable(path: &str) -> String {
    format!("TENANCY_{}", path.replace('.', "__").replace('-', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_cannot_take_the_place_of_a_section() {
        let named = |name| StrategyKeys { name, keys: &[], checks: &[] };
        let schema = Schema::new([named("silo"), named("database"), named("silo"), named("")]);
        assert_eq!(schema.strategy_names().collect::<Vec<_>>(), ["silo"]);
        assert!(schema.key("database.url").is_some());
    }

    #[test]
    fn variables_join_levels_by_two_underscores() {
        assert_eq!(environment_variable("strategy"), "TENANCY_STRATEGY");
        assert_eq!(
            environment_variable("shared-schema.tenant_column"),
            "TENANCY_SHARED_SCHEMA__TENANT_COLUMN"
        );
    }
}
