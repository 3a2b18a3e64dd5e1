//! Readings of several tenants by an API, told apart by a gateway's header or the client's token.
//!
//! ```sh
//! cargo run -p header-api -- token acme
//! cargo run -p header-api
//! ```

mod reading;
mod token;
mod web;

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use tenancy_core::{
    MigrateOptions, MigrationSets, Result, Slug, Tenancy,
    config::{Config, ConfigLoader},
    registry::NewTenant,
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tokio::net::TcpListener;

use crate::token::Tokens;

/// An API of two tenants, `acme` and `globex`.
#[derive(Debug, Parser)]
struct Args {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// The folder for SQLite's files, one for each tenant.
    #[arg(long, default_value = "./header-api-data")]
    data: PathBuf,

    /// The networks whose gateways may name the tenant in `X-Tenant`.
    #[arg(long, value_name = "NETWORK")]
    gateway: Vec<String>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Issues a token of a tenant, and prints it.
    Token {
        /// The tenant.
        slug: Slug,
    },
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
    let told = |error: tenancy_core::Error| error.with_sources();
    std::fs::create_dir_all(&args.data).map_err(|error| error.to_string())?;
    let tenancy = open(&configuration(args)?).await.map_err(told)?;
    for (slug, name) in [("acme", "Acme"), ("globex", "Globex")] {
        add(&tenancy, slug, name).await.map_err(told)?;
    }
    let tokens = Tokens::open(&tenancy).await.map_err(told)?;
    if let Some(Command::Token { slug }) = &args.command {
        let tenant = tenancy.registry().tenant(slug).await.map_err(told)?;
        let token = tokens.issue(&tenant).await?;
        return io::Write::write_all(&mut io::stdout(), format!("{token}\n").as_bytes())
            .map_err(|error| error.to_string());
    }
    let application = web::application(&tenancy, tokens, &args.gateway).map_err(told)?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| error.to_string())?;
    // The address of the peer tells whether it is a gateway.
    let application = application.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, application).await.map_err(|error| error.to_string())
}

fn configuration(args: &Args) -> std::result::Result<Config, String> {
    let database = format!("sqlite://{}?mode=rwc", args.data.join("registry.db").display());
    ConfigLoader::new()
        .known_strategy(SchemaPerTenant::KEYS)
        .flag("--strategy (its default)", "strategy", SchemaPerTenant::KEYS.name)
        .flag("--data", "database.url", &database)
        .flag("--data", "schema-per-tenant.directory", &args.data.join("tenants").to_string_lossy())
        .load()
        .map_err(|findings| findings.to_string())
}

/// Connects, and brings the tables to this release.
async fn open(config: &Config) -> Result<Tenancy> {
    let strategy = Arc::new(SchemaPerTenant::from_config(config)?);
    let sets = MigrationSets {
        shared: vec![Box::new(token::CreateTokens)],
        tenant: vec![Box::new(reading::CreateReadings)],
        ..MigrationSets::default()
    };
    let tenancy = Tenancy::connect(config, strategy, sets).await?;
    tenancy.migrate(&MigrateOptions::default(), |_| {}).await?;
    Ok(tenancy)
}

/// Creates a tenant unless it is there. A credential names it; its domain is never asked for.
async fn add(tenancy: &Tenancy, slug: &str, name: &str) -> Result<()> {
    let slug: Slug = slug.parse()?;
    if tenancy.registry().find_by_slug(&slug).await?.is_some() {
        return Ok(());
    }
    let domain = format!("{slug}.invalid").parse()?;
    tenancy.create_tenant(&NewTenant::new(slug, name).with_domain(domain)).await.map(drop)
}
