//! An application for several tenants, each of which sees its own rows only.

pub mod entity;
pub mod web;

use std::error::Error;

use tenancy_core::{Tenancy, config::ConfigLoader};

use notes_app_migration::Project;

/// Opens the database that `tenancy.toml` and the environment name.
///
/// # Errors
/// What is wrong with the configuration, and whatever keeps the database from being used.
pub async fn open() -> Result<Tenancy, Box<dyn Error>> {
    let mut loader = ConfigLoader::new();
    for keys in Project::STRATEGIES {
        loader = loader.known_strategy(keys);
    }
    let config = loader.load()?;
    Ok(Tenancy::connect(&config, Project::strategy(&config)?, Project::migrations()).await?)
}
