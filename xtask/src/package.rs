//! `cargo xtask package`: what each published crate says of itself and holds, and whether all of
//! them could be published together.

use std::process::Command;

use clap::Args;
use serde_json::Value;

use crate::{
    cargo,
    failure::Failure,
    process::{read, run, run_quietly},
};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Do not build what was packed, which takes minutes.
    #[arg(long)]
    quick: bool,
}

/// What a page of crates.io and docs.rs rests on.
const SAID: [&str; 7] =
    ["description", "documentation", "license", "readme", "repository", "rust_version", "edition"];

/// What is in every package beside its sources.
const HELD: [&str; 5] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];

pub(crate) fn run_command(options: &Options) -> Result<(), Failure> {
    check()?;
    if options.quick { Ok(()) } else { publish() }
}

/// Looks at what the packages say and hold, and packs them without building them.
pub(crate) fn check() -> Result<(), Failure> {
    let mut findings = Vec::new();
    for package in cargo::published()? {
        findings.extend(of_manifest(&package));
        let name = package["name"].as_str().unwrap_or_default();
        let mut list = cargo::command();
        list.args(["package", "--list", "--allow-dirty", "--package", name]);
        let files = read(&mut list)
            .ok_or_else(|| Failure::Check(format!("`cargo package --list -p {name}` failed")))?;
        findings.extend(of_files(name, &files));
    }
    if !findings.is_empty() {
        return Err(Failure::Check(findings.join("\n")));
    }
    let mut command = packing("package");
    let (status, lines) = run_quietly(command.arg("--no-verify"))?;
    if status.success() { Ok(()) } else { Err(Failure::Check(lines.join("\n"))) }
}

/// Builds every package from what was packed, and stops before the upload.
pub(crate) fn publish() -> Result<(), Failure> {
    let status = run(packing("publish").arg("--dry-run"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Check("the packages could not be published, see above".to_owned()))
    }
}

/// All packages together, as they are in the working tree.
fn packing(command: &str) -> Command {
    let mut cargo = cargo::command();
    cargo.args([command, "--workspace", "--locked", "--allow-dirty"]);
    cargo
}

fn of_manifest(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let mut findings: Vec<String> = SAID
        .into_iter()
        .filter(|key| package[key].as_str().is_none_or(str::is_empty))
        .map(|key| format!("{name}: `{key}` is missing"))
        .collect();
    for key in ["keywords", "categories"] {
        let count = package[key].as_array().map_or(0, Vec::len);
        if !(1..=5).contains(&count) {
            findings.push(format!("{name}: {count} {key}; crates.io takes one to five"));
        }
    }
    if package["metadata"]["docs"]["rs"]["all-features"] != true {
        findings.push(format!("{name}: docs.rs would not show all features"));
    }
    findings
}

fn of_files(name: &str, files: &str) -> Vec<String> {
    let missing = HELD.into_iter().filter(|held| !files.lines().any(|file| file == *held));
    let mut findings: Vec<String> =
        missing.map(|held| format!("{name}: the package lacks {held}")).collect();
    // Tests and benchmarks reach for files of the whole repository.
    let stray =
        files.lines().filter(|file| file.starts_with("tests/") || file.starts_with("fuzz/"));
    findings.extend(stray.map(|file| format!("{name}: {file} does not belong into the package")));
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of_files, of_manifest};

    #[test]
    fn what_a_manifest_lacks_is_found() {
        let mut package = json!({
            "name": "a", "description": "A.", "documentation": "https://docs.rs/a",
            "license": "MIT", "readme": "README.md", "repository": "https://example.com/a",
            "rust_version": "1.94", "edition": "2024", "keywords": ["a"], "categories": ["database"],
            "metadata": { "docs": { "rs": { "all-features": true } } },
        });
        assert!(of_manifest(&package).is_empty());
        package["readme"] = json!(null);
        package["keywords"] = json!(["a", "b", "c", "d", "e", "f"]);
        package["metadata"] = json!(null);
        assert_eq!(of_manifest(&package).len(), 3);
    }

    #[test]
    fn what_a_package_lacks_is_found() {
        let all = "Cargo.toml\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\nsrc/lib.rs\n";
        assert!(of_files("a", all).is_empty());
        assert_eq!(of_files("a", &all.replace("README.md\n", "")).len(), 1);
        assert_eq!(of_files("a", &format!("{all}tests/it/main.rs\n")).len(), 1);
    }
}
