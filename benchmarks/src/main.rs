//! Measures what the strategies cost beside the same work done by hand, on the PostgreSQL server that
//! `TENANCY_TEST_POSTGRES_URL` names. `cargo xtask bench` runs it and makes tables and plots of what
//! it prints: a JSON object a line, each a value.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends the program")]

mod by_hand;
mod counts;
mod field;
mod memory;
mod migrations;
mod output;
mod provisioning;
mod registry;
mod requests;
mod statements;
mod wire;

use clap::{Parser, Subcommand, ValueEnum};

use crate::field::Strategy;

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure one row of the tables for one strategy, and the same by hand.
    Row(Options),
    /// Count what others send to a server: prints an address before it, then answers each line of
    /// its input with the round trips and statements so far.
    Wire {
        /// The server's address.
        url: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    row: Row,
    strategy: Strategy,
    /// The most tenants there are.
    #[arg(long)]
    tenants: usize,
    /// Measure for a short time only.
    #[arg(long)]
    quick: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    Counts,
    Statements,
    Requests,
    Migrations,
    Provisioning,
    Registry,
    Memory,
}

fn main() {
    let arguments = Arguments::parse();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        match arguments.command {
            Command::Wire { url } => wire::answer(&url).await,
            Command::Row(options) => measure(&options).await,
        }
    });
}

async fn measure(options: &Options) {
    match options.row {
        Row::Counts => counts::measure(options).await,
        Row::Statements => statements::measure(options).await,
        Row::Requests => requests::measure(options).await,
        Row::Migrations => migrations::measure(options).await,
        Row::Provisioning => provisioning::measure(options).await,
        Row::Registry => registry::measure(options).await,
        Row::Memory => memory::measure(options).await,
    }
}
