//! The configuration: what file, environment and flags say, and what the shop does unless told.

use std::fs;

use tenancy_core::{
    check::{Findings, Source},
    config::{Config, ConfigLoader, Inspection},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

use crate::{args::Args, failure::Failure};

/// Reads the configuration from everywhere it may stand.
pub(crate) fn load(args: &Args) -> Result<Config, Findings> {
    let said = said(args).inspect();
    let mut loader = said_or_default(args, &said);
    let is_own_folder = said.strategy().is_some_and(|s| s.value == SchemaPerTenant::KEYS.name);
    if is_own_folder && !is_set(&said, "schema-per-tenant.directory") {
        let directory = args.data.join("tenants");
        let directory = directory.to_string_lossy();
        loader = loader.flag("--data", "schema-per-tenant.directory", &directory);
    }
    loader.load()
}

/// What was said, by whoever runs the shop.
fn said(args: &Args) -> ConfigLoader {
    let loader = ConfigLoader::new()
        .known_strategy(SharedSchema::KEYS)
        .known_strategy(SchemaPerTenant::KEYS);
    match &args.strategy {
        Some(strategy) => loader.flag("--strategy", "strategy", strategy),
        None => loader,
    }
}

/// The same, with the shop's own choices where nothing was said.
fn said_or_default(args: &Args, said: &Inspection) -> ConfigLoader {
    let mut loader = self::said(args);
    if said.strategy().is_none() {
        loader = loader.flag("--strategy (its default)", "strategy", SharedSchema::KEYS.name);
    }
    if !is_set(said, "database.url") {
        loader = loader.flag("--data", "database.url", &sqlite_url(args));
    }
    loader
}

fn is_set(said: &Inspection, key: &str) -> bool {
    said.values().iter().any(|value| value.key == key && value.source != Source::Default)
}

/// The path is text of a URL here, so the characters that would end it are escaped.
fn sqlite_url(args: &Args) -> String {
    let file = args.data.join("saas.db");
    let file = file.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{file}?mode=rwc")
}

/// Creates the folder of SQLite's files, if the shop's own choice of a database is used.
pub(crate) fn create_data_folder(args: &Args, config: &Config) -> Result<(), Failure> {
    if config.database().url().source != Source::flag("--data") {
        return Ok(());
    }
    fs::create_dir_all(&args.data)
        .map_err(|source| Failure::Data { folder: args.data.clone(), source })
}
