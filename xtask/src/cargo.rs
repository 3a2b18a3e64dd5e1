//! Cargo, called from a program that cargo has started.

use std::{
    io::{IsTerminal, stderr},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{failure::Failure, process};

/// What `cargo run` sets for this program. Build scripts that watch these variables would be run
/// again, and everything above them compiled again, whenever `cargo xtask` and `cargo` alternate.
const OF_THIS_CRATE: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"];

/// Returns the cargo that runs this program, in the workspace's folder.
pub(crate) fn command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OF_THIS_CRATE.iter().any(|of| name.starts_with(of))) {
            command.env_remove(name);
        }
    }
    // Output that passes through us would lose its colours.
    if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    let this = Path::new(env!("CARGO_MANIFEST_DIR"));
    this.parent().unwrap_or(this)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").filter(|name| !name.is_empty());
    workspace().join(named.map_or_else(|| "target".into(), PathBuf::from))
}

/// Whether cargo-nextest is there.
pub(crate) fn has_nextest() -> bool {
    process::read(command().args(["nextest", "--version"])).is_some()
}

/// What Cargo says of each package that is published.
pub(crate) fn published() -> Result<Vec<Value>, Failure> {
    let text = process::read(command().args(["metadata", "--no-deps", "--format-version", "1"]))
        .ok_or_else(|| Failure::Setup("`cargo metadata` failed".to_owned()))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::setup("read what `cargo metadata` said", error))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    // `publish = false` is an empty list of registries.
    Ok(packages.into_iter().filter(|package| package["publish"].is_null()).collect())
}
