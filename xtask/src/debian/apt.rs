//! apt with a state of its own, for packages of another release than the system's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{Missing, cache};
use crate::{failure::Failure, process};

/// The keys of all releases of Debian.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// How the system's own sources are asked for.
const TARGETS: &str = "$(REPO_URI) $(RELEASE) $(COMPONENT)";

/// Packages in a folder that is removed with this value.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) files: Vec<PathBuf>,
    _folder: TempDir,
}

/// A release that packages can be fetched from.
#[derive(Debug)]
pub(super) struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Makes apt ready for a release: on a Debian system, by the mirror that it is updated from.
    pub(super) fn find(suite: &str) -> Result<Self, Missing> {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        if !is_debian(&release) {
            return Err(Missing::Elsewhere("this system is no Debian"));
        }
        if ["apt-get", "dpkg-deb"].iter().any(|program| process::find(program).is_none()) {
            return Err(Missing::Elsewhere("`apt-get` or `dpkg-deb` is missing"));
        }
        let mut ask = Command::new("apt-get");
        ask.args(["indextargets", "--format", TARGETS, "Created-By: Packages"]);
        let targets = process::read(&mut ask).unwrap_or_default();
        let mirror = mirror(&targets, &release)
            .ok_or(Missing::Elsewhere("the system's sources name no release of Debian"))?;
        let apt = Self { folder: cache()?.join(format!("apt-{suite}")) };
        apt.prepare(suite, mirror).map_err(|error| Failure::setup("prepare apt", error))?;
        if process::run(apt.command().args(["--quiet=2", "update"]))?.success() {
            Ok(apt)
        } else {
            Err(Failure::Setup(format!("`apt-get update` failed for Debian's {suite}")).into())
        }
    }

    fn prepare(&self, suite: &str, mirror: &str) -> std::io::Result<()> {
        let folder = &self.folder;
        for part in ["lists/partial", "archives/partial", "packages"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let keys =
            if Path::new(KEYS).exists() { format!(" [signed-by={KEYS}]") } else { String::new() };
        fs::write(folder.join("sources.list"), format!("deb{keys} {mirror} {suite} main\n"))?;
        fs::write(folder.join("apt.conf"), self.configuration())
    }

    /// How the system reaches its mirror, and nothing else of the system's.
    fn configuration(&self) -> String {
        let system = process::read(Command::new("apt-config").arg("dump")).unwrap_or_default();
        let mut lines: Vec<&str> =
            system.lines().filter(|line| line.starts_with("Acquire::http")).collect();
        let folder = self.folder.display();
        let own = format!(
            "Dir::State \"{folder}\";\n\
             Dir::State::status \"/dev/null\";\n\
             Dir::Cache \"{folder}\";\n\
             Dir::Etc::sourcelist \"{folder}/sources.list\";\n\
             Dir::Etc::sourceparts \"/dev/null\";\n\
             Dir::Etc::preferencesparts \"/dev/null\";\n\
             Dir::Etc::parts \"/dev/null\";\n\
             APT::Sandbox::User \"root\";\n\
             Acquire::Languages \"none\";\n\
             Acquire::Retries \"3\";\n"
        );
        lines.push(&own);
        lines.join("\n")
    }

    /// Fetches packages, which apt compares with what the release has signed.
    pub(super) fn fetch(&self, packages: &[&str]) -> Result<Fetched, Failure> {
        let into = tempfile::Builder::new()
            .prefix("fetched-")
            .tempdir_in(self.folder.join("packages"))
            .map_err(|error| Failure::setup("make a temporary folder", error))?;
        let mut download = self.command();
        download.args(["--quiet=2", "download"]).args(packages).current_dir(into.path());
        if !process::run(&mut download)?.success() {
            return Err(Failure::Setup(format!("could not fetch {}", packages.join(", "))));
        }
        let files =
            fs::read_dir(into.path()).map_err(|error| Failure::setup("read a folder", error))?;
        Ok(Fetched { files: files.flatten().map(|file| file.path()).collect(), _folder: into })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        command.env("APT_CONFIG", self.folder.join("apt.conf"));
        command
    }
}

/// Whether a system is Debian itself: its kin have mirrors of their own.
fn is_debian(release: &str) -> bool {
    release.lines().any(|line| line.trim() == "ID=debian")
}

/// The mirror of the release itself: security updates have another one, of another layout.
fn mirror<'t>(targets: &'t str, release: &str) -> Option<&'t str> {
    let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let names = ["oldstable", "stable", "testing", "unstable", "sid"].into_iter().chain(codename);
    let names: Vec<&str> = names.collect();
    targets.lines().find_map(|line| {
        let mut words = line.split(' ');
        let (mirror, suite, component) = (words.next()?, words.next()?, words.next()?);
        (component == "main" && names.contains(&suite)).then_some(mirror)
    })
}

#[cfg(test)]
mod tests {
    use super::{is_debian, mirror};

    #[test]
    fn the_mirror_is_that_of_the_release() {
        let targets = "https://mirror.test/security/ bookworm-security main\n\
                       https://mirror.test/tools/ nodistro main\n\
                       https://mirror.test/extra/ bookworm contrib\n\
                       https://mirror.test/debian/ bookworm main\n";
        let release = "ID=debian\nVERSION_CODENAME=bookworm\n";
        assert_eq!(mirror(targets, release), Some("https://mirror.test/debian/"));
        assert_eq!(mirror(targets, "ID=debian\nVERSION_CODENAME=forky\n"), None);
    }

    #[test]
    fn only_debian_is_debian() {
        assert!(is_debian("NAME=\"Debian\"\nID=debian\n"));
        assert!(!is_debian("ID=ubuntu\nID_LIKE=debian\n"));
    }
}
