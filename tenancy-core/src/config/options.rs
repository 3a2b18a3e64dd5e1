//! [`StrategyOptions`]: the section of the chosen strategy, for the crate that implements it.

use super::database_url::DatabaseUrl;
use super::schema::path;
use super::sourced::Sourced;
use super::strategy_name::StrategyName;
use super::value::Values;

/// The options of the chosen strategy, already checked against its
/// [`StrategyKeys`](super::StrategyKeys).
///
/// An option is `None` when it has neither a value nor a default, or when it is asked for as
/// another kind than it was declared.
#[derive(Debug, Clone, Copy)]
pub struct StrategyOptions<'a> {
    pub(super) strategy: &'a StrategyName,
    pub(super) values: &'a Values,
}

impl<'a> StrategyOptions<'a> {
    fn path(&self, name: &str) -> String {
        path(self.strategy.as_str(), &name.replace('-', "_"))
    }

    /// Returns a text, path, identifier or choice.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Sourced<&'a str>> {
        self.values.text(&self.path(name))
    }

    /// Returns a whole number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<Sourced<u32>> {
        self.values.integer(&self.path(name))
    }

    /// Returns `true` or `false`.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<Sourced<bool>> {
        self.values.bool(&self.path(name))
    }

    /// Returns a list.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<Sourced<&'a [String]>> {
        self.values.list(&self.path(name))
    }

    /// Returns the address of a database.
    #[must_use]
    pub fn database_url(&self, name: &str) -> Option<Sourced<DatabaseUrl>> {
        self.values.database_url(&self.path(name))
    }
}
