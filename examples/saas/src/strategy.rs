//! The one place where the strategies differ: which of them is made.

use std::sync::Arc;

use tenancy_core::{
    Result, TenancyStrategy,
    config::{Config, StrategyKeys},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

/// The strategies that may be configured.
pub(crate) const KNOWN: [StrategyKeys; 2] = [SharedSchema::KEYS, SchemaPerTenant::KEYS];

/// Makes the strategy that is configured.
pub(crate) fn choose(config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
    const SHARED_SCHEMA: &str = SharedSchema::KEYS.name;
    // Another name than these two has been refused with the configuration.
    Ok(match config.strategy().value.as_str() {
        SHARED_SCHEMA => Arc::new(SharedSchema::from_config(config)?),
        _ => Arc::new(SchemaPerTenant::from_config(config)?),
    })
}
