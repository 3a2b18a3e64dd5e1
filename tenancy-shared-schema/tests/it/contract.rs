//! The strategy contract.

use tenancy_core::{
    config::Config,
    testing::{Setup, TestDatabase},
};
use tenancy_shared_schema::SharedSchema;

pub(crate) fn set_up(database: &TestDatabase) -> Setup {
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(database.url())
        .build()
        .expect("a configuration that fits together");
    let strategy = SharedSchema::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

tenancy_core::strategy_contract!(super::set_up);
