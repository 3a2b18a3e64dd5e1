//! `cargo xtask fuzz`: the two-tenant oracle over many more generated statements than a test run.

use clap::Args;

use crate::{cargo, failure::Failure, postgres::Server, process};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How many statements each strategy runs on each database.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    statements: u64,

    /// From which seed they are made; another one makes other statements.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let server = Server::obtain()?;
    let result = judge(options, &server);
    server.stop()?;
    result
}

fn judge(options: &Options, server: &Server) -> Result<(), Failure> {
    let mut command = cargo::command();
    server.serve(&mut command, "fuzz");
    command.env("TENANCY_TEST_STATEMENTS", options.statements.to_string());
    command.env("TENANCY_TEST_SEED", options.seed.to_string());
    // Not cargo-nextest: it would end a test that takes longer than one may.
    command.args(["test", "-p", "tenancy-shared-schema", "-p", "tenancy-schema-per-tenant"]);
    command.args(["--all-features", "--no-fail-fast", "--test", "it", "--"]);
    command.args(["generated_statements", "--nocapture"]);
    if process::run(&mut command)?.success() {
        Ok(())
    } else {
        Err(Failure::Check("a statement broke the promise, see above".to_owned()))
    }
}
