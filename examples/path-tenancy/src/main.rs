//! Notes of several tenants on one host, told apart by the first segment of the path.
//!
//! ```sh
//! cargo run -p path-tenancy
//! ```
//!
//! Then open <http://localhost:3000>.

mod note;
mod web;

use std::{io, net::SocketAddr, process::ExitCode, sync::Arc};

use clap::Parser;
use tenancy_core::{
    MigrateOptions, MigrationSets, Result, Slug, Tenancy,
    config::{Config, ConfigLoader},
    registry::NewTenant,
};
use tenancy_shared_schema::SharedSchema;
use tokio::net::TcpListener;

/// Notes of several tenants, at `/acme` and `/globex`.
#[derive(Debug, Parser)]
struct Args {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// The database.
    #[arg(long, default_value = "sqlite://path-tenancy.db?mode=rwc", hide_env_values = true)]
    database_url: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // Nobody is left to be told when this cannot be written.
            let _ = io::Write::write_all(&mut io::stderr(), format!("{reason}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> std::result::Result<(), String> {
    let loader = ConfigLoader::new().known_strategy(SharedSchema::KEYS);
    let config = loader
        .flag("--strategy (its default)", "strategy", SharedSchema::KEYS.name)
        .flag("--database-url", "database.url", &args.database_url)
        .load()
        .map_err(|findings| findings.to_string())?;
    let told = |error: tenancy_core::Error| error.with_sources();
    let tenancy = open(&config).await.map_err(told)?;
    for (slug, name) in [("acme", "Acme"), ("globex", "Globex")] {
        add(&tenancy, slug, name).await.map_err(told)?;
    }
    let listener = TcpListener::bind(args.listen).await.map_err(|error| error.to_string())?;
    let served = axum::serve(listener, web::application(&tenancy).map_err(told)?).await;
    served.map_err(|error| error.to_string())
}

/// Connects, and brings the tables to this release.
async fn open(config: &Config) -> Result<Tenancy> {
    let strategy = Arc::new(SharedSchema::from_config(config)?);
    let sets =
        MigrationSets { tenant: vec![Box::new(note::CreateNotes)], ..MigrationSets::default() };
    let tenancy = Tenancy::connect(config, strategy, sets).await?;
    tenancy.migrate(&MigrateOptions::default(), |_| {}).await?;
    Ok(tenancy)
}

/// Creates a tenant unless it is there. A path names it; its domain is never asked for.
async fn add(tenancy: &Tenancy, slug: &str, name: &str) -> Result<()> {
    let slug: Slug = slug.parse()?;
    if tenancy.registry().find_by_slug(&slug).await?.is_some() {
        return Ok(());
    }
    let domain = format!("{slug}.invalid").parse()?;
    tenancy.create_tenant(&NewTenant::new(slug, name).with_domain(domain)).await.map(drop)
}
