//! django-tenants and django-multitenant, installed at pinned versions into environments of their own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::row::Row;
use crate::{cargo, failure::Failure, process};

const NAMES: [&str; 2] = ["django-tenants", "django-multitenant"];

/// Names that a Python has.
const PYTHONS: [&str; 4] = ["python3", "python3.14", "python3.13", "python3.12"];

/// What Django 6.1 runs on.
const LEAST: (u32, u32) = (3, 12);

#[derive(Debug)]
pub(super) enum Peers {
    There(Vec<Peer>, String),
    /// Left out, for this reason.
    Missing(String),
}

#[derive(Debug)]
pub(super) struct Peer {
    name: &'static str,
    python: PathBuf,
}

/// Installs them, where there is a Python that they run on.
pub(super) fn prepare(target: &Path, python: Option<&Path>) -> Result<Peers, Failure> {
    let found = match python {
        Some(python) => version(python).map(|version| (python.to_owned(), version)),
        None => find(),
    };
    let Some((python, version)) = found else {
        let (major, minor) = LEAST;
        let reason = format!("there is no Python {major}.{minor} or newer");
        eprintln!("xtask: without the peers, as {reason}");
        return Ok(Peers::Missing(reason));
    };
    let mut peers = Vec::new();
    for name in NAMES {
        match install(name, &python, &target.join("peers").join(name))? {
            Some(python) => peers.push(Peer { name, python }),
            None => {
                let reason = format!("{name} could not be installed");
                eprintln!("xtask: without the peers, as {reason}");
                return Ok(Peers::Missing(reason));
            }
        }
    }
    Ok(Peers::There(peers, version))
}

/// A Python that is new enough, and its version.
fn find() -> Option<(PathBuf, String)> {
    PYTHONS.iter().find_map(|name| {
        let program = process::find(name)?;
        let version = version(&program)?;
        Some((program, version))
    })
}

/// The version of a Python that is new enough.
fn version(python: &Path) -> Option<String> {
    let version = process::read(Command::new(python).arg("--version"))?;
    let version = version.strip_prefix("Python ")?.to_owned();
    let mut parts = version.split('.').filter_map(|part| part.parse::<u32>().ok());
    ((parts.next()?, parts.next()?) >= LEAST).then_some(version)
}

fn folder() -> PathBuf {
    cargo::workspace().join("xtask/peers")
}

fn requirements(name: &str) -> PathBuf {
    folder().join(format!("requirements-{name}.txt"))
}

/// Returns the Python that finds the peer.
fn install(name: &str, python: &Path, place: &Path) -> Result<Option<PathBuf>, Failure> {
    let its_own = place.join("bin/python");
    let wanted = fs::read_to_string(requirements(name))
        .map_err(|error| Failure::setup("read the requirements of a peer", error))?;
    let mark = place.join("installed.txt");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(its_own));
    }
    eprintln!("xtask: installing {name}");
    let made = process::run(Command::new(python).args(["-m", "venv"]).arg(place))?;
    let mut pip = Command::new(&its_own);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    if !made.success() || !process::run(pip.arg(requirements(name)))?.success() {
        return Ok(None);
    }
    fs::write(mark, wanted).map_err(|error| Failure::setup("note what is installed", error))?;
    Ok(Some(its_own))
}

impl Peers {
    /// The commands that measure a row; `counter` is the program that counts for them.
    pub(super) fn commands(&self, row: Row, server: &str, counter: &Path) -> Vec<Command> {
        let Self::There(peers, _) = self else { return Vec::new() };
        peers
            .iter()
            .map(|peer| {
                eprintln!("xtask: {}, {}", row.name(), peer.name);
                let mut command = Command::new(&peer.python);
                command.current_dir(folder()).args(["measure.py", row.name()]);
                command.env("PEER", peer.name).env("SERVER_URL", server);
                command.env("PEER_COUNTER", counter).env("PYTHONDONTWRITEBYTECODE", "1");
                command
            })
            .collect()
    }

    /// Their versions, or why they are left out.
    pub(super) fn description(&self) -> String {
        match self {
            Self::Missing(reason) => format!("left out, as {reason}"),
            Self::There(peers, python) => {
                let versions = peers.iter().map(|peer| versions(peer.name));
                let versions: Vec<String> = versions.collect();
                format!("{}; Python {python}", versions.join("; "))
            }
        }
    }
}

fn versions(name: &str) -> String {
    let text = fs::read_to_string(requirements(name)).unwrap_or_default();
    let pinned = |package: &str| {
        let beginning = format!("{package}==");
        let version = text.lines().find_map(|line| line.strip_prefix(&beginning));
        version.unwrap_or("of unknown version").to_owned()
    };
    format!("{name} {} on Django {}", pinned(name), pinned("Django"))
}
