//! `cargo xtask oldest-rust`: the workspace, built by the oldest Rust that it promises.

use std::process::Command;

use crate::{
    cargo,
    failure::Failure,
    process::{read, run},
};

/// What `rust-version` of the workspace says.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Returns what there is to say, where that Rust cannot be had.
pub(crate) fn check() -> Result<Option<String>, Failure> {
    let mut version = Command::new("rustup");
    version.args(["run", OLDEST, "rustc", "--version"]);
    if read(&mut version).is_none() {
        let mut install = Command::new("rustup");
        install.args(["toolchain", "install", OLDEST, "--profile", "minimal", "--no-self-update"]);
        if read(&mut install).is_none() {
            return Ok(Some(format!("left out: rustup has no Rust {OLDEST} and cannot fetch it")));
        }
    }
    let mut command = Command::new("rustup");
    command.args(["run", OLDEST, "cargo", "check", "--workspace", "--all-features", "--locked"]);
    // The cargo that runs this one has named its own compiler for those that it starts.
    command.current_dir(cargo::workspace()).env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN");
    command.env("CARGO_TARGET_DIR", cargo::target().join("oldest-rust"));
    if run(&mut command)?.success() {
        Ok(None)
    } else {
        Err(Failure::Check(format!("does not build with Rust {OLDEST}")))
    }
}
