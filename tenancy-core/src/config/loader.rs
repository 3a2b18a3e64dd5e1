//! [`ConfigLoader`]: from defaults, file, environment and flags to a [`Config`].

use std::fmt;
use std::path::{Path, PathBuf};

use figment::Figment;

use super::env::Environment;
use super::inspection::Inspection;
use super::key::StrategyKeys;
use super::layer::{Entry, Layer};
use super::schema::Schema;
use super::{Config, application, file};
use crate::check::{Finding, Findings, Source};

/// The file that is read when no other is named.
const USUAL_FILE: &str = "tenancy.toml";

/// Reads the configuration from everywhere it may stand.
///
/// Flags win over the environment, that over the file, and that over the defaults; an application's
/// own figment takes the place of the file. The strategy is the exception: places that disagree on
/// it are refused.
///
/// # Example
///
/// ```
/// use tenancy_core::check::Source;
/// use tenancy_core::config::{ConfigLoader, Environment, StrategyKeys};
///
/// const PREFIX: StrategyKeys = StrategyKeys { name: "table-prefix", keys: &[], checks: &[] };
///
/// let config = ConfigLoader::new()
///     .known_strategy(PREFIX)
///     .without_file()
///     .environment(Environment::from_iter([
///         ("TENANCY_STRATEGY", "table-prefix"),
///         ("DATABASE_URL", "postgres://app:secret@db.example.com/notes"),
///     ]))
///     .flag("--jobs", "migrate.jobs", "8")
///     .load()?;
///
/// assert_eq!(config.strategy().value, "table-prefix");
/// assert_eq!(config.migrate().jobs().source, Source::flag("--jobs"));
/// # Ok::<(), tenancy_core::check::Findings>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct ConfigLoader {
    strategies: Vec<StrategyKeys>,
    file: File,
    application: Option<(Figment, String)>,
    environment: Option<Environment>,
    flags: Vec<Entry>,
}

/// Which file is read.
#[derive(Default)]
enum File {
    /// What `TENANCY_CONFIG` names, or else `tenancy.toml` if it exists.
    #[default]
    Usual,
    Named(PathBuf, Option<Source>),
    None,
}

impl ConfigLoader {
    /// Starts with no known strategy, `tenancy.toml` and the environment of the process.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a strategy that may be chosen, with its options.
    pub fn known_strategy(mut self, keys: StrategyKeys) -> Self {
        self.strategies.push(keys);
        self
    }

    /// Reads this file, which must exist, instead of the usual one.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = File::Named(path.into(), None);
        self
    }

    /// Reads this file, which must exist and was named by a flag or the like.
    pub fn file_named_by(mut self, path: impl Into<PathBuf>, source: Source) -> Self {
        self.file = File::Named(path.into(), Some(source));
        self
    }

    /// Reads no file.
    pub fn without_file(mut self) -> Self {
        self.file = File::None;
        self
    }

    /// Reads what stands under `key` in the application's own figment.
    ///
    /// The usual file is not read then; one that is named still is, and the figment wins over it.
    pub fn figment(mut self, figment: Figment, key: impl Into<String>) -> Self {
        self.application = Some((figment, key.into()));
        self
    }

    /// Reads these variables instead of the environment of the process.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Adds a flag that was given: its name with dashes, the key it sets, and the value.
    pub fn flag(mut self, name: &str, key: &str, value: &str) -> Self {
        self.flags.push(Entry::text(key, value, Source::flag(name)));
        self
    }

    /// Reads everything and keeps what is wrong beside what could be read.
    #[must_use]
    pub fn inspect(self) -> Inspection {
        let mut findings = Vec::new();
        let schema = Schema::new(self.strategies);
        let environment = self.environment.unwrap_or_else(Environment::process);
        let mut layers = vec![Layer::defaults(&schema)];

        let usual_file_is_replaced = self.application.is_some();
        if let Some((path, named_by)) = self.file.choose(&environment, usual_file_is_replaced) {
            layers.extend(keep(file::layer(&path, named_by.as_ref()), &mut findings));
        }
        if let Some((figment, key)) = &self.application {
            layers.extend(keep(application::layer(figment, key), &mut findings));
        }
        layers.push(environment.layer(&schema, &mut findings));
        layers.push(Layer { sections: Vec::new(), entries: self.flags });
        Inspection::new(&schema, &layers, findings)
    }

    /// Reads everything.
    ///
    /// # Errors
    ///
    /// Returns all findings, not the first one, when the configuration cannot be used.
    pub fn load(self) -> Result<Config, Findings> {
        self.inspect().into_config()
    }
}

impl File {
    fn choose(
        self,
        environment: &Environment,
        replaced: bool,
    ) -> Option<(PathBuf, Option<Source>)> {
        match (self, environment.config_path()) {
            (Self::None, _) => None,
            (Self::Named(path, source), _) => Some((path, source)),
            (Self::Usual, Some(path)) => Some((path.into(), Some(Source::env("TENANCY_CONFIG")))),
            (Self::Usual, None) => {
                let exists = !replaced && Path::new(USUAL_FILE).exists();
                exists.then(|| (USUAL_FILE.into(), None))
            }
        }
    }
}

fn keep(layer: Result<Layer, Findings>, findings: &mut Vec<Finding>) -> Option<Layer> {
    layer.map_err(|wrong| findings.extend(wrong)).ok()
}

/// Shows the strategies only: flags and the application's figment may hold secrets.
impl fmt::Debug for ConfigLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.strategies.iter().map(|known| known.name).collect();
        f.debug_struct("ConfigLoader").field("strategies", &names).finish_non_exhaustive()
    }
}
