//! [`ConfigBuilder`]: a [`Config`] made in code, for tests and applications without a file.

use std::fmt;

use super::Config;
use super::inspection::Inspection;
use super::key::StrategyKeys;
use super::layer::{Entry, Layer};
use super::schema::Schema;
use crate::check::{Findings, Source};

/// Builds a configuration in code; nothing else is read.
///
/// Values are checked like those of a file, in [`build`](Self::build); each remembers the line of
/// code that set it.
#[derive(Default)]
#[must_use]
pub struct ConfigBuilder {
    strategies: Vec<StrategyKeys>,
    entries: Vec<Entry>,
}

impl ConfigBuilder {
    /// Chooses a strategy, with the options it knows.
    #[track_caller]
    pub fn strategy(mut self, keys: StrategyKeys) -> Self {
        self.strategies.push(keys);
        self.set("strategy", keys.name)
    }

    /// Sets the address for the application's role.
    #[track_caller]
    pub fn database_url(self, url: &str) -> Self {
        self.set("database.url", url)
    }

    /// Sets any key by its path; the value is written as in an environment variable.
    #[track_caller]
    pub fn set(mut self, path: &str, value: &str) -> Self {
        self.entries.push(Entry::text(path, value, Source::caller()));
        self
    }

    /// Checks everything that was set.
    ///
    /// # Errors
    ///
    /// Returns all findings, not the first one.
    pub fn build(self) -> Result<Config, Findings> {
        let schema = Schema::new(self.strategies);
        let code = Layer { sections: Vec::new(), entries: self.entries };
        Inspection::new(&schema, &[Layer::defaults(&schema), code], Vec::new()).into_config()
    }
}

/// Shows the paths only: values may be secrets.
impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<_> = self.entries.iter().map(|entry| &entry.path).collect();
        f.debug_struct("ConfigBuilder").field("set", &paths).finish_non_exhaustive()
    }
}
