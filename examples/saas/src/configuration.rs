//! The configuration: what file, environment and flags say, and what the shop does unless told.

use std::{fs, io};

use tenancy_core::{
    check::{Findings, Source},
    config::{Config, ConfigLoader, Inspection},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

use crate::{args::Args, strategy};

/// The shop's own choices, each only where nothing was said.
#[derive(Debug)]
pub(crate) struct Defaults {
    pub(crate) strategy: Option<&'static str>,
    pub(crate) database_url: Option<String>,
    /// The folder of the tenants' files.
    pub(crate) directory: Option<String>,
}

impl Defaults {
    pub(crate) fn of(args: &Args) -> Self {
        let said = said(args).inspect();
        let has_files = said.strategy().is_some_and(|s| s.value == SchemaPerTenant::KEYS.name);
        let needs_directory = has_files && !is_set(&said, "schema-per-tenant.directory");
        Self {
            strategy: said.strategy().is_none().then_some(SharedSchema::KEYS.name),
            database_url: (!is_set(&said, "database.url")).then(|| sqlite_url(args)),
            directory: needs_directory
                .then(|| args.data.join("tenants").to_string_lossy().into_owned()),
        }
    }

    /// Creates the folder of SQLite's files, if the shop's own choice of a database is used.
    pub(crate) fn create_folder(&self, args: &Args) -> io::Result<()> {
        if self.database_url.is_some() { fs::create_dir_all(&args.data) } else { Ok(()) }
    }

    /// Reads the configuration with these choices.
    pub(crate) fn load(&self, args: &Args) -> Result<Config, Findings> {
        let mut loader = said(args);
        for (flag, key, value) in [
            ("--strategy (its default)", "strategy", self.strategy),
            ("--data", "database.url", self.database_url.as_deref()),
            ("--data", "schema-per-tenant.directory", self.directory.as_deref()),
        ] {
            if let Some(value) = value {
                loader = loader.flag(flag, key, value);
            }
        }
        loader.load()
    }
}

/// What was said, by whoever runs the shop.
fn said(args: &Args) -> ConfigLoader {
    let mut loader = ConfigLoader::new();
    for keys in strategy::KNOWN {
        loader = loader.known_strategy(keys);
    }
    if let Some(file) = &args.config {
        loader = loader.file_named_by(file, Source::flag("--config"));
    }
    if let Some(strategy) = &args.strategy {
        loader = loader.flag("--strategy", "strategy", strategy);
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
