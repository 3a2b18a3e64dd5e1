//! Where the programs of the PostgreSQL server are.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, install, process};

/// Where Debian keeps each version, none of them in `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

const NEEDED: [&str; 2] = ["initdb", "postgres"];

/// A folder that has `initdb` and `postgres`.
#[derive(Debug)]
pub(crate) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Looks in `PATH`, where `pg_config` points, and where Debian keeps them (newest first).
    pub(crate) fn find() -> Option<Self> {
        let in_path = process::find("initdb").and_then(|file| Some(file.parent()?.to_owned()));
        let of_config = process::find("pg_config")
            .and_then(|program| process::read(Command::new(program).arg("--bindir")))
            .map(PathBuf::from);
        in_path
            .into_iter()
            .chain(of_config)
            .chain(versions(Path::new(DEBIAN)))
            .find(|folder| NEEDED.iter().all(|name| process::is_executable(&folder.join(name))))
            .map(|folder| Self { folder })
    }

    /// The programs in a folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Installs them, where nobody has to be asked.
    pub(crate) fn install() -> Result<Self, Failure> {
        install::provide(&[install::POSTGRES])?;
        Self::find().ok_or_else(|| {
            Failure::Setup("PostgreSQL was installed, but its programs are not found".to_owned())
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// Returns the version, as `15.18`.
    pub(super) fn version(&self) -> String {
        let text = process::read(Command::new(self.path("postgres")).arg("--version"));
        let version = text.as_deref().and_then(|text| text.split_whitespace().nth(2));
        version.unwrap_or("of unknown version").to_owned()
    }
}

/// Returns the `bin` folders of the versions in a folder, newest first.
fn versions(folder: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, path)| path.join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::versions;

    #[test]
    fn the_newest_version_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "15", "16", "lib"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = versions(folder.path());
        let expected = ["16", "15", "9"].map(|name| folder.path().join(name).join("bin"));
        assert_eq!(found, expected);
    }
}
