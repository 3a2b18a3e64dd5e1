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
//! The first start says which accounts it has made, and their password. Open
//! <http://localhost:3000> to ask for a shop, <http://acme.localhost:3000> and
//! <http://globex.localhost:3000> for two that are there (what is added to one is not in the
//! other), and <http://console.localhost:3000> as an operator.
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
//! `entity` and `migration` say what a shop consists of, `shop` what it does; no line of them
//! concerns tenants. `accounts` are the people, `web` is what they see. `strategy` holds the one `match` by which the whole program
//! runs one way or the other.

mod accounts;
mod args;
mod configuration;
mod demo;
mod entity;
mod failure;
mod invalid;
mod manage;
mod migrating;
mod migration;
mod operator;
mod rights;
mod serve;
mod shop;
mod sign_up;
mod strategy;
mod web;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use tenancy_core::{MigrateOptions, Tenancy, config::Config};

use crate::{
    accounts::Accounts,
    args::{Args, Command},
    configuration::Defaults,
    failure::Failure,
    migrating::Migrating,
    sign_up::SignUps,
    web::{App, Parts, Setting, Sites},
};

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(args.log).init();
    let done = match &args.command {
        Some(Command::Tenancy { arguments }) => return manage::run(&args, arguments),
        Some(Command::Operator { command }) => change_operators(&args, command),
        None => serve(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told when this cannot be written.
            let _ = writeln!(io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}

#[tokio::main]
async fn change_operators(args: &Args, command: &args::OperatorCommand) -> Result<(), Failure> {
    let config = Defaults::of(args).load(args)?;
    let tenancy = Tenancy::connect(&config, strategy::choose(&config)?, migration::sets()).await?;
    operator::run(&tenancy, command).await
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
    let port = listener.local_addr().map_err(Failure::Serve)?.port();
    let sites = Sites::new(args.domain.clone(), port, args.https)?;
    let app = application(tenancy, config, sites).await?;
    let demo = demo::open_shops(&app, args.demo_password.as_deref()).await?;
    serve::announce(&listener, &app, &demo)?;
    serve::serve(listener, web::router(&app)).await
}

async fn application(tenancy: Tenancy, config: Config, sites: Sites) -> Result<App, Failure> {
    Ok(App::new(Parts {
        setting: Setting::new(tenancy.strategy().name(), tenancy.dialect()),
        accounts: Accounts::open(&tenancy).await?,
        sign_ups: SignUps::open(&tenancy, sites.clone()).await?,
        migrating: Migrating::default(),
        sites,
        config,
        tenancy,
    }))
}

async fn migrate(tenancy: &Tenancy, jobs: u32) -> Result<(), Failure> {
    let mut options = MigrateOptions::default();
    options.jobs = usize::try_from(jobs).unwrap_or(1);
    let report = tenancy.migrate(&options, |_| {}).await?;
    match report.failures().next() {
        Some((tenant, error)) => {
            Err(Failure::Migration { tenant: tenant.clone(), source: Box::new(error.clone()) })
        }
        None => Ok(()),
    }
}
