//! The sources of the locked sea-orm in cargo's registry, and what its tests are built with.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{cargo, failure::Failure, process};

/// The features that SeaORM's own continuous integration turns on for PostgreSQL.
const FEATURES: [&str; 4] = ["tests-features", "tests-cfg", "sqlx-postgres", "runtime-tokio"];

/// SeaORM as it is locked.
#[derive(Debug)]
pub(super) struct Sources {
    package: Value,
    folder: PathBuf,
    target: PathBuf,
}

impl Sources {
    pub(super) fn find() -> Result<Self, Failure> {
        let metadata = metadata()?;
        let package = metadata["packages"].as_array().and_then(|packages| {
            packages.iter().find(|package| package["name"] == "sea-orm").cloned()
        });
        let package = package.ok_or_else(|| Failure::Setup("sea-orm is not locked".to_owned()))?;
        let folder = Path::new(text(&package["manifest_path"])).parent().map(Path::to_owned);
        let folder = folder.unwrap_or_default();
        if !folder.join("tests").is_dir() {
            return Err(Failure::Setup(format!("no tests in {}", folder.display())));
        }
        let target = PathBuf::from(text(&metadata["target_directory"]));
        Ok(Self { package, folder, target })
    }

    pub(super) fn version(&self) -> &str {
        text(&self.package["version"])
    }

    /// The folder that holds its tests.
    pub(super) fn tests(&self) -> PathBuf {
        self.folder.join("tests")
    }

    /// The folder that holds its code.
    pub(super) fn code(&self) -> PathBuf {
        self.folder.join("src")
    }

    /// Cargo's target folder for the workspace.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// The dependency on it, as it stands in a manifest.
    pub(super) fn dependency(&self, name: &str) -> String {
        let version = self.version();
        format!(
            "{name} = {{ package = \"sea-orm\", version = \"={version}\", features = {FEATURES:?} }}"
        )
    }

    /// All features that those turn on, for the conditions in the tests.
    pub(super) fn features(&self) -> BTreeSet<&str> {
        self.closure().0
    }

    /// The features that are on, and the optional dependencies that they turn on.
    fn closure(&self) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let (mut features, mut optional) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<&str> = FEATURES.to_vec();
        while let Some(feature) = open.pop() {
            let Some(implied) = self.package["features"][feature].as_array() else {
                optional.insert(feature);
                continue;
            };
            if !features.insert(feature) {
                continue;
            }
            for implied in implied.iter().map(text) {
                match (implied.strip_prefix("dep:"), implied.split_once('/')) {
                    (Some(dependency), _) => drop(optional.insert(dependency)),
                    (None, Some((dependency, _))) if dependency.ends_with('?') => {}
                    (None, Some((dependency, _))) => open.push(dependency),
                    (None, None) => open.push(implied),
                }
            }
        }
        (features, optional)
    }

    /// What the tests may use beside SeaORM: its dependencies and development dependencies, as
    /// lines of a manifest.
    pub(super) fn dependencies(&self) -> String {
        let (features, optional) = self.closure();
        let mut dependencies: BTreeMap<&str, Dependency<'_>> = BTreeMap::new();
        let listed = self.package["dependencies"].as_array().into_iter().flatten();
        for listed in listed.filter(|listed| listed["target"].is_null()) {
            let name = text(&listed["name"]);
            let wanted = optional.contains(name) || features.contains(name);
            if listed["optional"] == true && !wanted {
                continue;
            }
            let dependency = dependencies.entry(name).or_default();
            dependency.version = text(&listed["req"]);
            dependency.defaults |= listed["uses_default_features"] == true;
            dependency
                .features
                .extend(listed["features"].as_array().into_iter().flatten().map(text));
        }
        let lines =
            dependencies.iter().map(|(name, Dependency { version, defaults, features })| {
                format!(
                    "{name} = {{ version = \"{version}\", default-features = {defaults}, \
                 features = {features:?} }}\n"
                )
            });
        lines.collect()
    }
}

/// A dependency of SeaORM, in all its listings.
#[derive(Debug, Default)]
struct Dependency<'a> {
    version: &'a str,
    defaults: bool,
    features: Vec<&'a str>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What cargo knows of the workspace. It fetches what is locked and missing.
fn metadata() -> Result<Value, Failure> {
    let read = || {
        let mut command = cargo::command();
        command.args(["metadata", "--format-version", "1", "--locked", "--all-features"]);
        process::read(&mut command)
    };
    let metadata = match read() {
        Some(metadata) => metadata,
        None => {
            let fetched = process::run(cargo::command().args(["fetch", "--locked"]))?;
            read().filter(|_| fetched.success()).ok_or_else(|| {
                Failure::Setup("cargo could not fetch what Cargo.lock lists".to_owned())
            })?
        }
    };
    serde_json::from_str(&metadata)
        .map_err(|error| Failure::setup("read what `cargo metadata` printed", error))
}
