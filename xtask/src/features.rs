//! `cargo xtask features`: each published crate with none of its features, and with each by itself.

use serde_json::Value;

use crate::{cargo, failure::Failure, process::run_and_read};

/// The combinations that tell most for their time: the core without a driver, which everything
/// rests on, and the command line without strategies or drivers.
const TELLING: [(&str, &[&str]); 2] = [("tenancy-core", &[]), ("tenancy-cli", &[])];

/// Checks the few that CI has time for.
pub(crate) fn check_telling() -> Result<(), Failure> {
    let combinations =
        TELLING.map(|(package, features)| (package.to_owned(), owned(features.iter().copied())));
    check(&combinations)
}

/// Checks every one.
pub(crate) fn check_each() -> Result<(), Failure> {
    check(&cargo::published()?.iter().flat_map(of_package).collect::<Vec<_>>())
}

type Combination = (String, Vec<String>);

fn check(combinations: &[Combination]) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for (package, features) in combinations {
        let features = features.join(",");
        eprintln!("xtask: {package} with {}", if features.is_empty() { "none" } else { &features });
        let mut command = cargo::command();
        command.args(["check", "--quiet", "--locked", "--package", package]);
        command.args(["--no-default-features", "--features", &features]);
        let (status, lines) = run_and_read(&mut command)?;
        // A flag of the compiler's against them would have every dependency built again.
        if !status.success() || lines.iter().any(|line| line.starts_with("warning")) {
            failed.push(format!("{package} with `{features}`"));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Check(format!("does not build without warnings: {}", failed.join(", "))))
    }
}

/// The crate with none of its features, and with each but `default`.
fn of_package(package: &Value) -> Vec<Combination> {
    let name = package["name"].as_str().unwrap_or_default();
    let features = package["features"].as_object().into_iter().flatten();
    let single = features
        .map(|(feature, _)| feature.as_str())
        .filter(|feature| *feature != "default")
        .map(|feature| (name.to_owned(), owned([feature])));
    [(name.to_owned(), Vec::new())].into_iter().chain(single).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of_package;

    #[test]
    fn a_crate_is_built_with_none_and_with_each_of_its_features() {
        let package = json!({ "name": "a", "features": { "default": ["b"], "b": [], "c": ["b"] } });
        let features: Vec<_> = of_package(&package).into_iter().map(|(_, names)| names).collect();
        assert_eq!(features, [vec![], vec!["b".to_owned()], vec!["c".to_owned()]]);
    }
}
