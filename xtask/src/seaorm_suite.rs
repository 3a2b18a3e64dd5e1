//! `cargo xtask seaorm-suite`: SeaORM's own integration tests, run through a tenant's connection.
//!
//! They are the yardstick for "everything that SeaORM can say works". They are taken from the
//! sources of the locked sea-orm in cargo's registry, so nothing of them is kept here, and compiled
//! twice under the target folder: as they are, and against a crate that is called `sea_orm`, is
//! SeaORM, and has a tenant's connection in the place of `DatabaseConnection` ([`shim`](package)).
//! Tables are created through tenant migrations, and a second tenant holds every row that the test
//! ever wrote under the same keys.

mod binaries;
mod difference;
mod outcome;
mod package;
mod patch;
mod report;
mod sources;

use clap::{Args, ValueEnum};

use self::{
    binaries::Binary,
    outcome::Outcomes,
    package::{Package, Variant},
    report::Report,
    sources::Sources,
};
use crate::{
    failure::Failure,
    install,
    postgres::{Binaries, Server},
};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Run under this strategy only.
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,

    /// Run the tests of this file only, such as `crud_tests`.
    #[arg(long, value_name = "FILE")]
    only: Option<String>,
}

/// A strategy that the tests run under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Strategy {
    SharedSchema,
    SchemaPerTenant,
}

impl Strategy {
    const ALL: [Self; 2] = [Self::SharedSchema, Self::SchemaPerTenant];

    fn name(self) -> &'static str {
        match self {
            Self::SharedSchema => "shared-schema",
            Self::SchemaPerTenant => "schema-per-tenant",
        }
    }

    /// How many of the tests pass at least: all of sea-orm 2.0.4's but for the differences.
    fn required(self) -> usize {
        match self {
            Self::SharedSchema => 230,
            Self::SchemaPerTenant => 227,
        }
    }
}

impl Options {
    fn strategies(&self) -> impl Iterator<Item = Strategy> {
        let chosen = |strategy: &Strategy| self.strategy.is_none_or(|only| only == *strategy);
        Strategy::ALL.into_iter().filter(chosen)
    }
}

/// Builds both variants, then runs them on one server.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let sources = Sources::find()?;
    eprintln!("xtask: the tests of sea-orm {}", sources.version());
    let only = options.only.as_deref();
    let plain = Package::write(&sources, Variant::Plain)?.build(only)?;
    let tenant = Package::write(&sources, Variant::Tenant)?.build(only)?;
    let server = server()?;
    let result = measure(options, &server, &plain, &tenant);
    let stopped = server.stop();
    result.and(stopped)
}

fn measure(
    options: &Options,
    server: &Server,
    plain: &[Binary],
    tenant: &[Binary],
) -> Result<(), Failure> {
    let baseline = Outcomes::of(plain, server, None)?;
    let mut report = Report::new(baseline, options.only.is_none());
    for strategy in options.strategies() {
        report.add(strategy, Outcomes::of(tenant, server, Some(strategy))?);
    }
    report.print();
    report.verdict()
}

/// A server of our own, always: the tests drop databases by names that may be somebody's.
fn server() -> Result<Server, Failure> {
    let binaries = match Binaries::find() {
        Some(binaries) => binaries,
        None => {
            install::provide(&[install::POSTGRES])?;
            Binaries::find().ok_or_else(|| {
                Failure::Setup("PostgreSQL was installed, but is not found".to_owned())
            })?
        }
    };
    eprintln!("\nxtask: starting a private PostgreSQL server");
    Server::start(&binaries)
}
