//! `cargo xtask deny`: licences, sources and known vulnerabilities of the dependencies.

use std::{path::Path, process::Command};

use crate::{
    cargo,
    failure::Failure,
    process::{run, run_and_read},
    tools,
};

/// What needs nothing but the lock file and the sources in Cargo's registry.
const OFFLINE: [&str; 3] = ["bans", "licenses", "sources"];

/// Returns what there is to say, where vulnerabilities could not be asked for.
pub(crate) fn check() -> Result<Option<String>, Failure> {
    let program = tools::CARGO_DENY.obtain()?;
    if !run(deny(&program).args(OFFLINE))?.success() {
        return Err(Failure::Check(
            "a dependency breaks a rule of deny.toml, see above".to_owned(),
        ));
    }
    let (status, lines) = run_and_read(deny(&program).arg("advisories"))?;
    if status.success() {
        return Ok(None);
    }
    // A database that cannot be reached is no statement about a dependency.
    if lines.iter().any(|line| line.contains("failed to fetch advisory database")) {
        return Ok(Some("advisories left out: their database cannot be reached".to_owned()));
    }
    Err(Failure::Check("a dependency has a known vulnerability, see above".to_owned()))
}

fn deny(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(cargo::workspace()).args(["--workspace", "--all-features", "--locked"]);
    command.args(["check", "--hide-inclusion-graph"]);
    command
}
