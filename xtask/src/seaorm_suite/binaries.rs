//! Compiling the tests: one binary for each file.

use std::path::PathBuf;

use serde_json::Value;

use super::package::Package;
use crate::{cargo, failure::Failure, process};

/// The tests of one file, compiled.
#[derive(Debug)]
pub(super) struct Binary {
    /// The file's name without its extension.
    pub(super) file: String,
    pub(super) program: PathBuf,
    /// The package's folder, where they run.
    pub(super) folder: PathBuf,
}

impl Package {
    /// Compiles the tests, or those of one file.
    pub(super) fn build(&self, only: Option<&str>) -> Result<Vec<Binary>, Failure> {
        eprintln!("\nxtask: compiling {}", self.folder.display());
        let mut command = cargo::command();
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        command.args(["test", "--no-run", "--message-format", "json-render-diagnostics"]);
        match only {
            Some(file) => command.args(["--test", file]),
            None => command.args(["--test", "*"]),
        };
        let (status, lines) = process::run_and_keep(&mut command)?;
        if !status.success() {
            return Err(Failure::Check("SeaORM's tests do not compile".to_owned()));
        }
        let mut binaries: Vec<Binary> = lines.iter().filter_map(|line| self.binary(line)).collect();
        binaries.sort_by(|one, other| one.file.cmp(&other.file));
        Ok(binaries)
    }

    fn binary(&self, line: &str) -> Option<Binary> {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message["target"]["kind"].as_array()?.iter().any(|kind| kind == "test");
        let program = PathBuf::from(message["executable"].as_str().filter(|_| is_test)?);
        let file = message["target"]["name"].as_str()?.to_owned();
        Some(Binary { file, program, folder: self.folder.clone() })
    }
}
