//! `cargo xtask bench`: the benchmarks, against a private PostgreSQL server.

use clap::Args;

use crate::{cargo, failure::Failure, postgres::Server, process};

/// The packages that have benchmarks, all made with Criterion.
const PACKAGES: [&str; 2] = ["tenancy-schema-per-tenant", "tenancy-shared-schema"];

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Passed on to the benchmarks, after `--`; for example `-- insert`.
    #[arg(last = true, value_name = "FILTER")]
    filter: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let server = Server::obtain()?;
    let mut command = cargo::command();
    server.serve(&mut command, "bench");
    command.arg("bench");
    for package in PACKAGES {
        command.args(["-p", package]);
    }
    // Named one by one: the harness of a library's own benchmarks is another.
    command
        .args(["--all-features", "--bench", "migrations", "--bench", "scope"])
        .args(["--bench", "statements", "--bench", "tenants", "--"])
        .args(&options.filter);
    let result = process::run(&mut command);
    server.stop()?;
    if result?.success() { Ok(()) } else { Err(Failure::Check("a benchmark failed".to_owned())) }
}
