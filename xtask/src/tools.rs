//! Programs that Cargo builds from crates.io, each at one version, kept below the target folder.

use std::path::PathBuf;

use crate::{cargo, failure::Failure, process};

/// A program, and how it is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    /// The name of the package and of the program.
    name: &'static str,
    version: &'static str,
    /// Further arguments of `cargo install`.
    features: &'static [&'static str],
}

/// Looks at licences, sources and known vulnerabilities of the dependencies.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", features: &[] };

/// Makes pages of the book.
pub(crate) const MDBOOK: Tool = Tool {
    name: "mdbook",
    version: "0.5.4",
    features: &["--no-default-features", "--features", "search"],
};

impl Tool {
    /// The program, built now unless it is there already.
    pub(crate) fn obtain(&self) -> Result<PathBuf, Failure> {
        let Self { name, version, features } = self;
        let tools = cargo::target().join("tools");
        let folder = tools.join(format!("{name}-{version}"));
        let program = folder.join("bin").join(name);
        if process::is_executable(&program) {
            return Ok(program);
        }
        eprintln!("xtask: building {name} {version}, once");
        let mut command = cargo::command();
        command
            // It runs for seconds: optimising it would take longer than it saves.
            .args(["install", "--quiet", "--debug", "--locked", name, "--version", version])
            .arg("--root")
            .arg(&folder)
            .args(*features)
            // Not among what the workspace has built, which is of another profile.
            .env("CARGO_TARGET_DIR", tools.join("build"));
        if process::run(&mut command)?.success() {
            Ok(program)
        } else {
            Err(Failure::Setup(format!("{name} {version} could not be built, see above")))
        }
    }
}
