//! Commands for people who work on this repository, run as `cargo xtask <command>`.
//!
//! CI runs the same commands, so what passes here passes there. Linux and macOS only: the private
//! PostgreSQL server needs process groups and signals.
#![expect(clippy::print_stderr, reason = "a command line tool: printing is what it does")]

mod bench;
mod book;
mod cargo;
mod debian;
mod deny;
mod failure;
mod features;
mod fuzz;
mod install;
mod interrupt;
mod mariadb;
mod mutants;
mod oldest_rust;
mod package;
mod pooler;
mod postgres;
mod process;
mod seaorm_suite;
mod soak;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Commands for people who work on this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check and test everything, as CI does.
    ///
    /// Starts a private PostgreSQL server and a private MariaDB server for the tests and removes them
    /// afterwards, unless TENANCY_TEST_POSTGRES_URL and TENANCY_TEST_MYSQL_URL name one. Missing system packages are installed where that
    /// needs no question (as root, or with a passwordless sudo).
    Test(test::Options),
    /// Run SeaORM's own tests through the connection of a tenant.
    ///
    /// Takes them from the sources of the locked sea-orm in cargo's registry and runs them on a
    /// private PostgreSQL server: as they are, then for a tenant under each strategy.
    SeaormSuite(seaorm_suite::Options),
    /// Measure what the strategies cost, beside the same by hand and beside others.
    ///
    /// On a private PostgreSQL server, all in one run; writes docs/benchmarks.md and its plots when
    /// everything is measured. Others are django-tenants and django-multitenant, which are installed
    /// from PyPI where there is a Python that they run on.
    Bench(bench::Options),
    /// Judge many generated statements under both strategies, on both databases.
    Fuzz(fuzz::Options),
    /// Disable each rule that keeps tenants apart, one at a time, and see that tests fail.
    ///
    /// Mutants live in a copy of the sources under the target folder. Each is compiled and tested;
    /// one that all tests pass with shows that nothing proves its rule.
    Mutants(mutants::Options),
    /// Put the example under load, with a hundred tenants, while operators work on it.
    Soak(soak::Options),
    /// Check the rules that rustfmt and Clippy do not know.
    Tidy,
    /// Pack the published crates, and build them from what was packed.
    Package(package::Options),
    /// Build each published crate with none of its features, and with each by itself.
    Features,
    /// Build the workspace with the oldest Rust that it promises.
    OldestRust,
    /// Check licences, sources and known vulnerabilities of the dependencies.
    Deny,
    /// Make the pages of the book.
    Book,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = interrupt::listen().and_then(|()| match &arguments.command {
        Command::Test(options) => test::run(options),
        Command::SeaormSuite(options) => seaorm_suite::run(options),
        Command::Bench(options) => bench::run(options),
        Command::Fuzz(options) => fuzz::run(options),
        Command::Mutants(options) => mutants::run(options),
        Command::Soak(options) => soak::run(options),
        Command::Tidy => tidy::run(),
        Command::Package(options) => package::run_command(options),
        Command::Features => features::check_each(),
        Command::OldestRust => oldest_rust::check().map(say),
        Command::Deny => deny::check().map(say),
        Command::Book => book::build().map(say),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            failure.exit_code()
        }
    }
}

/// What a command has to say beside that it went well.
fn say(note: Option<String>) {
    if let Some(note) = note {
        eprintln!("xtask: {note}");
    }
}
