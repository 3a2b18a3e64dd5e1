//! Programs of other releases of Debian, unpacked beside the system: nothing is installed and no
//! service is started, and they run by the loader and the libraries of their own release.
//!
//! They come from the mirror that the system itself is updated from.

mod apt;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use nix::unistd::geteuid;

use self::apt::Apt;
use crate::{cargo, failure::Failure, process};

/// Where root keeps what other users have to run when the target folder is closed to them.
const OPEN_CACHE: &str = "/var/cache/tenancy-xtask";

/// Where launchers are made, within what was unpacked.
const LAUNCHERS: &str = "launch";

/// A program of a release with what it needs to run.
#[derive(Debug)]
pub(crate) struct Program {
    /// What it is called when it is missing, and the folder that it is unpacked into.
    pub(crate) name: &'static str,
    /// The release.
    pub(crate) suite: &'static str,
    /// The packages: its own, and the libraries that it is linked with.
    pub(crate) packages: &'static [&'static str],
    /// Its executables, below the folder that the packages are unpacked into.
    pub(crate) executables: &'static [&'static str],
    /// What is left out: it would be loaded, and needs what is not among the packages.
    pub(crate) without: &'static [&'static str],
}

/// Debian 12's PgBouncer does not keep the prepared statements of its clients apart.
pub(crate) const PGBOUNCER_1_18: Program = Program {
    name: "pgbouncer-1.18",
    suite: "bookworm",
    packages: &[
        "pgbouncer",
        "libaudit1",
        "libc-ares2",
        "libc6",
        "libcap-ng0",
        "libcap2",
        "libevent-2.1-7",
        "libgcrypt20",
        "libgpg-error0",
        "liblz4-1",
        "liblzma5",
        "libpam0g",
        "libssl3",
        "libsystemd0",
        "libzstd1",
    ],
    executables: &["usr/sbin/pgbouncer"],
    without: &[],
};

/// Debian 13's PgBouncer does, when it is told to.
pub(crate) const PGBOUNCER_1_24: Program = Program {
    name: "pgbouncer-1.24",
    suite: "trixie",
    packages: &[
        "pgbouncer",
        "libaudit1",
        "libc6",
        "libcap-ng0",
        "libcap2",
        "libcares2",
        "libevent-2.1-7t64",
        "libpam0g",
        "libssl3t64",
        "libsystemd0",
        "libzstd1",
        "zlib1g",
    ],
    executables: &["usr/sbin/pgbouncer"],
    without: &[],
};

/// Debian 13's PostgreSQL. Its compiler of expressions would need LLVM.
pub(crate) const POSTGRES_17: Program = Program {
    name: "postgresql-17",
    suite: "trixie",
    packages: &[
        "postgresql-17",
        "libaudit1",
        "libc6",
        "libcap-ng0",
        "libcap2",
        "libcom-err2",
        "libgcc-s1",
        "libgssapi-krb5-2",
        "libicu76",
        "libk5crypto3",
        "libkeyutils1",
        "libkrb5-3",
        "libkrb5support0",
        "libldap2",
        "liblz4-1",
        "liblzma5",
        "libpam0g",
        "libpq5",
        "libsasl2-2",
        "libssl3t64",
        "libstdc++6",
        "libsystemd0",
        "libuuid1",
        "libxml2",
        "libxslt1.1",
        "libxxhash0",
        "libzstd1",
        "zlib1g",
    ],
    executables: &["usr/lib/postgresql/17/bin/postgres", "usr/lib/postgresql/17/bin/initdb"],
    without: &["usr/lib/postgresql/17/lib/llvmjit.so"],
};

/// Why a program of another release is not to be had.
#[derive(Debug)]
pub(crate) enum Missing {
    /// This machine is none that it could be had on.
    Elsewhere(&'static str),
    /// It could not be fetched or unpacked.
    Failed(Failure),
}

impl Missing {
    /// Says why, in words that go on after the program's name.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Elsewhere(why) => (*why).to_owned(),
            Self::Failed(failure) => failure.to_string(),
        }
    }
}

impl From<Failure> for Missing {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Program {
    /// Returns its executables, in their order, after fetching and unpacking what is not there yet.
    pub(crate) fn obtain(&self) -> Result<Vec<PathBuf>, Missing> {
        let folder = cache()?.join(self.name);
        let record = self.record(&folder);
        let is_there = fs::read_to_string(folder.join("unpacked")).is_ok_and(|of| of == record);
        if !is_there {
            eprintln!("xtask: fetching {} of Debian's {}", self.name, self.suite);
            let apt = Apt::find(self.suite)?;
            self.unpack(&apt, &folder)?;
            fs::write(folder.join("unpacked"), record)
                .map_err(|error| Failure::setup("write to the cache of programs", error))?;
        }
        Ok(self.executables.iter().map(|path| folder.join(path)).collect())
    }

    /// What is unpacked where: launchers hold the folder's name.
    fn record(&self, folder: &Path) -> String {
        format!("{}\n{}\n{}\n", self.suite, self.packages.join(" "), folder.display())
    }

    fn unpack(&self, apt: &Apt, folder: &Path) -> Result<(), Missing> {
        let failed = |error| Failure::setup("unpack a program", error);
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(failed)?;
        }
        fs::create_dir_all(folder).map_err(failed)?;
        let fetched = apt.fetch(self.packages)?;
        for package in &fetched.files {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(package).arg(folder);
            if !process::run(&mut unpack)?.success() {
                return Err(Failure::Setup(format!("`{}` is no package", package.display())).into());
            }
        }
        for path in self.without {
            let path = folder.join(path);
            if path.exists() {
                fs::remove_file(path).map_err(failed)?;
            }
        }
        let libraries = Libraries::find(folder).ok_or(Missing::Elsewhere(
            "the packages of this machine's architecture have no loader that is known",
        ))?;
        for path in self.executables {
            libraries.launch(folder, path).map_err(failed)?;
        }
        Ok(())
    }
}

/// The loader of what was unpacked, and the folders of its libraries.
#[derive(Debug)]
struct Libraries {
    loader: PathBuf,
    folders: Vec<PathBuf>,
}

impl Libraries {
    fn find(folder: &Path) -> Option<Self> {
        let folders: Vec<PathBuf> = ["usr/lib", "lib"]
            .iter()
            .filter_map(|lib| fs::read_dir(folder.join(lib)).ok())
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().contains("-linux-gnu"))
            .map(|entry| entry.path())
            .collect();
        let is_loader = |name: &str| name.starts_with("ld-linux") && name.contains(".so.");
        let loader = folders
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flatten()
            .flatten()
            .find(|entry| entry.file_name().to_str().is_some_and(is_loader))?;
        Some(Self { loader: loader.path(), folders })
    }

    /// Puts in the place of an executable a script that has the loader run it: who starts it by its
    /// path, as programs of PostgreSQL do with each other, gets the loader too.
    fn launch(&self, folder: &Path, path: &str) -> std::io::Result<()> {
        let executable = folder.join(path);
        let name = executable.file_name().unwrap_or_default().to_owned();
        let behind = executable.with_file_name(LAUNCHERS).join(name);
        fs::create_dir_all(executable.with_file_name(LAUNCHERS))?;
        fs::rename(&executable, &behind)?;
        let folders: Vec<String> =
            self.folders.iter().map(|folder| folder.display().to_string()).collect();
        let script = format!(
            "#!/bin/sh\nexec {} --argv0 \"$0\" --library-path {} {} \"$@\"\n",
            quoted(&self.loader.display().to_string()),
            quoted(&folders.join(":")),
            quoted(&behind.display().to_string()),
        );
        fs::write(&executable, script)?;
        fs::set_permissions(&executable, fs::Permissions::from_mode(0o755))
    }
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The folder below the target folder, unless root would run there what another user has to.
fn cache() -> Result<PathBuf, Failure> {
    let target = cargo::target();
    fs::create_dir_all(&target).map_err(|error| Failure::setup("make the target folder", error))?;
    let is_closed = geteuid().is_root() && !target.ancestors().all(process::is_open);
    Ok(if is_closed { PathBuf::from(OPEN_CACHE) } else { target.join("debian") })
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::{Libraries, quoted};

    #[test]
    fn a_launcher_passes_on_every_word() {
        let folder = tempfile::Builder::new().prefix("it's ").tempdir().unwrap();
        let lib = folder.path().join("usr/lib/test-linux-gnu");
        fs::create_dir_all(&lib).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        // A loader that says what it is given.
        fs::write(lib.join("ld-linux-test.so.2"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").unwrap();
        let allow = |path: &std::path::Path| {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        allow(&lib.join("ld-linux-test.so.2"));
        fs::write(folder.path().join("bin/program"), "").unwrap();
        let libraries = Libraries::find(folder.path()).unwrap();
        libraries.launch(folder.path(), "bin/program").unwrap();
        let launcher = folder.path().join("bin/program");
        let said = Command::new(&launcher).args(["a b", "$c"]).output().unwrap().stdout;
        let said = String::from_utf8(said).unwrap();
        let behind = folder.path().join("bin/launch/program");
        let expected = [
            "--argv0",
            launcher.to_str().unwrap(),
            "--library-path",
            lib.to_str().unwrap(),
            behind.to_str().unwrap(),
            "a b",
            "$c",
        ];
        assert_eq!(said.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
