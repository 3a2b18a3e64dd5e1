//! A small shop for several tenants, which runs under either strategy.
//!
//! # Run
//!
//! ```sh
//! cargo run -p saas   # one set of tables, embedded SQLite
//! # a SQLite file for each tenant
//! cargo run -p saas -- --strategy schema-per-tenant --data ./saas-data/per-tenant
//! DATABASE_URL=postgres://localhost/saas cargo run -p saas
//! ```
//!
//! The two strategies do not share a database, so the second one gets a folder of its own.
//!
//! # Try
//!
//! Open <http://acme.localhost:3000> and <http://globex.localhost:3000>: two shops, one program.
//! What is added to one is not in the other. A client that cannot resolve these names sends them:
//!
//! ```sh
//! curl -H 'Host: acme.localhost' http://127.0.0.1:3000/api/products
//! curl -H 'Host: globex.localhost' http://127.0.0.1:3000/api/products
//! ```
//!
//! The framework's command line comes with it:
//!
//! ```sh
//! cargo run -p saas -- tenancy migrate status
//! cargo run -p saas -- tenancy tenant list
//! ```
//!
//! # Read
//!
//! `entity` and `migration` say what a shop consists of, `shop` what it does, `web` how it is shown;
//! no line of them concerns tenants. `strategy` holds the one `match` by which the whole program
//! runs one way or the other.

mod args;
mod configuration;
mod demo;
mod entity;
mod failure;
mod manage;
mod migration;
mod serve;
mod shop;
mod strategy;
mod web;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use tenancy_core::{MigrateOptions, Tenancy};

use crate::{
    args::{Args, Command},
    configuration::Defaults,
    failure::Failure,
    web::Setting,
};

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(args.log).init();
    if let Some(Command::Tenancy { arguments }) = &args.command {
        return manage::run(&args, arguments);
    }
    match serve(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told when this cannot be written.
            let _ = writeln!(io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}

#[tokio::main]
async fn serve(args: &Args) -> Result<(), Failure> {
    let defaults = Defaults::of(args);
    let config = defaults.load(args)?;
    let listener = serve::bind(args.listen).await?;
    defaults
        .create_folder(args)
        .map_err(|source| Failure::Data { folder: args.data.clone(), source })?;
    let tenancy = Tenancy::connect(&config, strategy::choose(&config)?, migration::sets()).await?;
    migrate(&tenancy, config.migrate().jobs().value).await?;
    let addresses = demo::open_shops(&tenancy).await?;

    let setting = Setting::new(tenancy.strategy().name(), tenancy.dialect());
    serve::announce(&listener, &setting, &addresses)?;
    serve::serve(listener, web::router(tenancy, setting)).await
}

async fn migrate(tenancy: &Tenancy, jobs: u32) -> Result<(), Failure> {
    let mut options = MigrateOptions::default();
    options.jobs = usize::try_from(jobs).unwrap_or(1);
    let report = tenancy.migrate(&options, |_| {}).await?;
    match report.failures().next() {
        Some((tenant, error)) => {
            Err(Failure::Migration { tenant: tenant.clone(), source: error.clone() })
        }
        None => Ok(()),
    }
}
