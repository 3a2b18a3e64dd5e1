//! `cargo xtask soak`: the example under load for longer than a test run.

use clap::Args;

use crate::{cargo, failure::Failure, install, postgres::Server, process};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How long the load goes on under each strategy.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    install::provide(&install::missing_programs(&[install::WRK]))?;
    let server = Server::obtain()?;
    let result = load(options, &server);
    server.stop()?;
    result
}

fn load(options: &Options, server: &Server) -> Result<(), Failure> {
    let mut command = cargo::command();
    server.serve(&mut command, "soak");
    command.env("TENANCY_TEST_REQUIRE", "postgres,load");
    command.env("SAAS_SOAK_SECONDS", options.seconds.to_string());
    // Not cargo-nextest: it would end a test that takes longer than one may. One after the other,
    // so that each has the machine.
    command.args(["test", "-p", "saas", "--all-features", "--test", "it", "--"]);
    command.args(["soak::", "--nocapture", "--test-threads=1"]);
    if process::run(&mut command)?.success() {
        Ok(())
    } else {
        Err(Failure::Check("the example did not keep its promise under load, see above".to_owned()))
    }
}
