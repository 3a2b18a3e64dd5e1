//! The strategy contract.

use std::path::Path;

use database_per_tenant::DatabasePerTenant;
use tenancy_core::{config::Config, testing::Setup};

pub(crate) fn set_up(url: &str, _directory: Option<&Path>) -> Setup {
    let config = Config::builder()
        .strategy(DatabasePerTenant::KEYS)
        .database_url(url)
        .build()
        .expect("a configuration that fits together");
    let strategy = DatabasePerTenant::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

tenancy_core::strategy_contract!(super::set_up, postgres);
