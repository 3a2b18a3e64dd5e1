//! The tables of the application, and how its tenants are kept apart.

mod shared;
mod tenant;

use std::sync::Arc;

use tenancy_cli::Application;
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy,
    config::{Config, StrategyKeys},
};
use tenancy_shared_schema::SharedSchema;

/// The application, as the framework sees it.
pub struct Project;

impl Project {
    /// The strategies that may be configured.
    pub const STRATEGIES: [StrategyKeys; 1] = [SharedSchema::KEYS];

    /// Makes the strategy with its configured options.
    ///
    /// # Errors
    /// When an option cannot be used.
    pub fn strategy(config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        Ok(Arc::new(SharedSchema::from_config(config)?))
    }

    /// All migrations: those of the tables that are there once, and those that every tenant has.
    pub fn migrations() -> MigrationSets {
        MigrationSets {
            shared: shared::migrations(),
            tenant: tenant::migrations(),
            ..MigrationSets::default()
        }
    }
}

impl Application for Project {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        Self::STRATEGIES.into()
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        Self::strategy(config)
    }

    fn migrations(&self) -> MigrationSets {
        Self::migrations()
    }
}
