//! The packages that the tests are compiled as, under the target folder.
//!
//! The plain one depends on SeaORM. The tenant's depends, under the name `sea_orm`, on a crate made
//! of the files in `shim/`, which depends on SeaORM and on the crates of this workspace.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    patch::{self, FEATURES_OFF},
    sources::Sources,
};
use crate::{cargo, failure::Failure};

/// The crate that the tests of a tenant take for SeaORM.
const SHIM: [(&str, &str); 7] = [
    ("lib.rs", include_str!("shim/lib.rs")),
    ("connection.rs", include_str!("shim/connection.rs")),
    ("definition.rs", include_str!("shim/definition.rs")),
    ("executor.rs", include_str!("shim/executor.rs")),
    ("neighbour.rs", include_str!("shim/neighbour.rs")),
    ("suite.rs", include_str!("shim/suite.rs")),
    ("transaction.rs", include_str!("shim/transaction.rs")),
];

/// What SeaORM closes over its own connection, and is compiled once more in that crate as it is.
const COMPILED_AGAIN: [(&str, &str); 2] =
    [("rbac", "rbac"), ("database/restricted_connection.rs", "restricted_connection.rs")];

/// What the tests are compiled against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// SeaORM.
    Plain,
    /// SeaORM with a tenant's connection.
    Tenant,
}

/// A package on disk.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) folder: PathBuf,
    pub(super) target: PathBuf,
}

impl Package {
    /// Writes a package; files that are as they should be are not touched, so that cargo does not
    /// compile them again.
    pub(super) fn write(sources: &Sources, variant: Variant) -> Result<Self, Failure> {
        let name = match variant {
            Variant::Plain => "plain",
            Variant::Tenant => "tenant",
        };
        let folder = sources.target().join("seaorm-suite").join(name);
        let package = Self { folder, target: sources.target().to_owned() };
        let written = match variant {
            Variant::Plain => package.write_plain(sources),
            Variant::Tenant => package.write_tenant(sources),
        };
        written.and_then(|()| package.write_lock()).map(|()| package)
    }

    fn write_plain(&self, sources: &Sources) -> Result<(), Failure> {
        self.write_manifest(sources, &sources.dependency("sea-orm"), &[])?;
        self.write_tests(sources, |_, text| Ok(text))
    }

    fn write_tenant(&self, sources: &Sources) -> Result<(), Failure> {
        let shim = "sea-orm = { package = \"seaorm-suite-shim\", path = \"shim\" }";
        self.write_manifest(sources, shim, &FEATURES_OFF)?;
        put(&self.folder.join("shim/Cargo.toml"), &shim_manifest(sources))?;
        for (file, text) in SHIM {
            put(&self.folder.join("shim/src").join(file), text)?;
        }
        for (from, to) in COMPILED_AGAIN {
            copy(&sources.code().join(from), &self.folder.join("shim/src").join(to))?;
        }
        self.write_tests(sources, patch::apply)
    }

    fn write_manifest(
        &self,
        sources: &Sources,
        sea_orm: &str,
        off: &[&str],
    ) -> Result<(), Failure> {
        let on = sources.features().into_iter().filter(|feature| !off.contains(feature));
        let on: Vec<&str> = on.filter(|feature| *feature != "default").collect();
        let features: String = on.iter().map(|feature| format!("{feature} = []\n")).collect();
        let manifest = format!(
            "[package]\nname = \"seaorm-suite\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n\
             [workspace]\n\n\
             [lints.rust]\nwarnings = \"allow\"\nunexpected_cfgs = \"allow\"\n\n\
             [features]\ndefault = {on:?}\n{features}\n\
             [dependencies]\n{sea_orm}\n{}\n\
             [profile.dev]\ndebug = false\nincremental = false\n",
            sources.dependencies()
        );
        put(&self.folder.join("Cargo.toml"), &manifest)?;
        put(&self.folder.join("src/lib.rs"), "//! The tests are all there is.\n")
    }

    fn write_tests(
        &self,
        sources: &Sources,
        change: impl Fn(&str, String) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let from = sources.tests();
        let mut files = Vec::new();
        list(&from, &mut files).map_err(|error| Failure::setup("list SeaORM's tests", error))?;
        for file in files {
            let text = read(&file)?;
            let file = file.strip_prefix(&from).unwrap_or(&file);
            let to = self.folder.join("tests").join(file);
            put(&to, &change(&file.to_string_lossy(), text)?)?;
        }
        Ok(())
    }

    /// Begins with the workspace's lock file, so that everything in it is the same; what the tests
    /// need beside it is added by cargo, and stays until the workspace's changes.
    fn write_lock(&self) -> Result<(), Failure> {
        let text = fs::read_to_string(cargo::workspace().join("Cargo.lock"))
            .map_err(|error| Failure::setup("read Cargo.lock", error))?;
        let seen = self.folder.join("Cargo.lock.workspace");
        if fs::read_to_string(&seen).is_ok_and(|seen| seen == text) {
            return Ok(());
        }
        put(&self.folder.join("Cargo.lock"), &text)?;
        put(&seen, &text)
    }
}

fn shim_manifest(sources: &Sources) -> String {
    let ours = ["tenancy-core", "tenancy-shared-schema", "tenancy-schema-per-tenant"];
    let ours: String = ours
        .into_iter()
        .map(|name| {
            let path = cargo::workspace().join(name);
            format!("{name} = {{ path = {path:?}, features = [\"postgres\"] }}\n")
        })
        .collect();
    format!(
        "[package]\nname = \"seaorm-suite-shim\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         publish = false\n\n\
         [lib]\nname = \"sea_orm\"\n\n\
         [dependencies]\n{}\n{ours}\
         async-trait = \"0.1\"\n\
         sea-orm-migration = {{ version = \"={}\", default-features = false }}\n\
         sea-query = {{ version = \"1\", default-features = false }}\n\
         thiserror = \"2\"\n\
         tokio = {{ version = \"1\", features = [\"sync\"] }}\n\
         tracing = \"0.1\"\n",
        sources.dependency("real"),
        sources.version(),
    )
}

/// The Rust files of a folder and those below.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Copies a Rust file, or a folder of them.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if from.is_file() {
        return put(to, &read(from)?);
    }
    let mut files = Vec::new();
    list(from, &mut files).map_err(|error| Failure::setup("list SeaORM's files", error))?;
    files
        .iter()
        .try_for_each(|file| put(&to.join(file.strip_prefix(from).unwrap_or(file)), &read(file)?))
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::setup("read SeaORM's files", error))
}

/// Writes a file unless it is so already.
fn put(file: &Path, text: &str) -> Result<(), Failure> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| Failure::setup(&format!("write {}", file.display()), error))
}

#[cfg(test)]
mod tests {
    use std::{fs::File, process::Command};

    use super::SHIM;
    use crate::{cargo, process};

    /// `cargo fmt` does not see files that no crate here is made of. They are given to rustfmt one
    /// by one, since it would look for the files of SeaORM that are modules beside them.
    #[test]
    fn the_shim_is_formatted() {
        if process::find("rustfmt").is_none() {
            println!("skipped: there is no rustfmt");
            return;
        }
        let root = cargo::workspace();
        for (file, _) in SHIM {
            let mut command = Command::new("rustfmt");
            command.args(["--check", "--edition", "2024", "--config-path"]).arg(root);
            let text = File::open(root.join("xtask/src/seaorm_suite/shim").join(file)).unwrap();
            let output = command.stdin(text).output().unwrap();
            let difference = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && difference.is_empty(), "{file}:{difference}");
        }
    }
}
