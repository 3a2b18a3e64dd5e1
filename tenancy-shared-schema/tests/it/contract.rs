//! The strategy contract.

use std::path::Path;

use tenancy_core::{
    config::Config,
    testing::{Setup, pgbouncer},
};
use tenancy_shared_schema::SharedSchema;

pub(crate) fn set_up(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[])
}

/// The strategy with more configured than it must be.
pub(crate) fn configured(url: &str, _: Option<&Path>, values: &[(&str, &str)]) -> Setup {
    let through = pgbouncer::through(url);
    let mut config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(through.as_deref().unwrap_or(url));
    if through.is_some() {
        config = config.set("database.direct_url", url);
    }
    for (key, value) in values {
        config = config.set(key, value);
    }
    let config = config.build().expect("a configuration that fits together");
    let strategy = SharedSchema::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

tenancy_core::strategy_contract!(super::set_up);
tenancy_core::strategy_contract!(super::set_up, mariadb);
