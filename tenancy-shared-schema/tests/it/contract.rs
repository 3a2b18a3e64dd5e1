//! The strategy contract.

use std::path::Path;

use tenancy_core::{config::Config, testing::Setup};
use tenancy_shared_schema::SharedSchema;

pub(crate) fn set_up(url: &str, _directory: Option<&Path>) -> Setup {
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(url)
        .build()
        .expect("a configuration that fits together");
    let strategy = SharedSchema::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

tenancy_core::strategy_contract!(super::set_up);
