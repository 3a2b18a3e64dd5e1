//! Configuration: typed, complete, and every value with the place it comes from.
//!
//! [`ConfigLoader`] reads defaults, `tenancy.toml`, the environment and flags, in this order of
//! precedence, and reports everything that is wrong at once. [`Config::builder`] makes the same in
//! code.

use std::panic::Location;

mod application;
mod builder;
mod checks;
mod database;
mod database_url;
mod env;
mod file;
mod inspection;
mod key;
mod keys;
pub(crate) mod layer;
mod loader;
mod merge;
mod migrate;
mod options;
mod read;
mod resolve;
pub(crate) mod schema;
mod scope;
mod sourced;
mod strategy_name;
pub(crate) mod suggest;
mod value;
pub(crate) mod view;

pub use builder::ConfigBuilder;
pub use checks::{Checks, Silence};
pub use database::Database;
pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use env::Environment;
pub use inspection::{ConfigValue, Inspection};
pub use key::{OptionKey, OptionKind, StrategyKeys};
pub use keys::{SECTIONS, Section};
pub use loader::ConfigLoader;
pub use migrate::{Fresh, Migrate, OnBehind};
pub use options::StrategyOptions;
pub use resolve::Resolve;
pub use schema::environment_variable;
pub use scope::Scope;
pub use sourced::Sourced;
pub use strategy_name::{InvalidStrategyName, StrategyName};

use crate::check::{Finding, strategy_in_code};
use value::Values;

/// A configuration without errors.
///
/// # Example
///
/// ```
/// use tenancy_core::config::{Config, OptionKey, OptionKind, StrategyKeys};
///
/// const PREFIX: StrategyKeys = StrategyKeys {
///     name: "table-prefix",
///     keys: &[OptionKey {
///         name: "separator",
///         kind: OptionKind::Choice(&["_", "__"]),
///         default: Some("__"),
///         doc: "what stands between the tenant's name and the table's",
///     }],
///     checks: &[],
/// };
///
/// let config = Config::builder()
///     .strategy(PREFIX)
///     .database_url("postgres://app:secret@db.example.com/notes")
///     .set("migrate.jobs", "8")
///     .build()?;
///
/// assert_eq!(config.strategy().value, "table-prefix");
/// assert_eq!(config.options().text("separator").expect("a default").value, "__");
/// assert_eq!(config.migrate().jobs().value, 8);
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), tenancy_core::check::Findings>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    strategy: Sourced<StrategyName>,
    database: Database,
    migrate: Migrate,
    checks: Checks,
    resolve: Resolve,
    scope: Scope,
    values: Values,
    shown: Vec<ConfigValue>,
}

impl Config {
    /// Starts a configuration in code.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    fn read(values: Values, shown: Vec<ConfigValue>) -> Option<Self> {
        Some(Self {
            strategy: values.strategy()?,
            database: Database::read(&values)?,
            migrate: Migrate::read(&values)?,
            checks: Checks { silences: values.silences() },
            resolve: Resolve::read(&values)?,
            scope: Scope::read(&values)?,
            values,
            shown,
        })
    }

    /// Returns how tenants are kept apart.
    #[must_use]
    pub fn strategy(&self) -> &Sourced<StrategyName> {
        &self.strategy
    }

    /// Returns the section `[database]`.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the section `[migrate]`.
    #[must_use]
    pub fn migrate(&self) -> &Migrate {
        &self.migrate
    }

    /// Returns the section `[checks]`.
    #[must_use]
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Returns the section `[resolve]`.
    #[must_use]
    pub fn resolve(&self) -> &Resolve {
        &self.resolve
    }

    /// Returns the section `[scope]`.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Returns the options of the chosen strategy, for the crate that implements it.
    #[must_use]
    pub fn options(&self) -> StrategyOptions<'_> {
        StrategyOptions { strategy: &self.strategy.value, values: &self.values }
    }

    /// Returns a text, path, identifier or choice among the options of the chosen strategy.
    ///
    /// The name may be written with `-` or `_`; [`options`](Self::options) has the other kinds.
    #[must_use]
    pub fn strategy_option(&self, name: &str) -> Option<Sourced<String>> {
        self.options().text(name).map(|text| text.map(str::to_owned))
    }

    /// Lists every value that is set, defaults included, in the order of the reference.
    #[must_use]
    pub fn values(&self) -> &[ConfigValue] {
        &self.shown
    }

    /// Compares the strategy constructed in code with the configured one.
    #[must_use]
    pub fn check_strategy(&self, name: &str, place: &'static Location<'static>) -> Option<Finding> {
        strategy_in_code::find(&self.strategy, name, place)
    }
}

#[cfg(test)]
mod tests;
