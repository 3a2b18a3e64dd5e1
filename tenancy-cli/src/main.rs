//! The stand-alone command `tenancy`: both strategies, and no migrations.

use std::{process::ExitCode, sync::Arc};

use tenancy_cli::Application;
use tenancy_core::{
    MigrationSets, Result, TenancyStrategy,
    config::{Config, StrategyKeys},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

struct StandAlone;

impl Application for StandAlone {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        vec![SharedSchema::KEYS, SchemaPerTenant::KEYS]
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        if config.strategy().value.as_str() == SchemaPerTenant::KEYS.name {
            return Ok(Arc::new(SchemaPerTenant::from_config(config)?));
        }
        Ok(Arc::new(SharedSchema::from_config(config)?))
    }

    fn migrations(&self) -> MigrationSets {
        MigrationSets::default()
    }

    fn has_project(&self) -> bool {
        false
    }
}

fn main() -> ExitCode {
    tenancy_cli::run(StandAlone)
}
