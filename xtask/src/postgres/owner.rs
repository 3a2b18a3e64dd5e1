//! Whom a server of this run runs as, where it keeps its files, and the port that it listens on.

use std::{
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use nix::unistd::{User, geteuid};

use crate::{failure::Failure, interrupt, process};

/// A user whom a server may run as: neither PostgreSQL nor PgBouncer runs as root.
#[derive(Debug)]
pub(crate) struct Owner {
    /// Set when this process is root.
    other: Option<User>,
}

impl Owner {
    pub(crate) fn find() -> Result<Self, Failure> {
        if !geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let other = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok()?);
        match other {
            Some(user) => Ok(Self { other: Some(user) }),
            None => Err(Failure::Setup(
                "a database server does not run as root, and there is neither a user `postgres` nor \
                 `nobody`"
                    .to_owned(),
            )),
        }
    }

    /// Makes a folder that only the owner enters.
    pub(crate) fn folder(&self, prefix: &str) -> Result<PathBuf, Failure> {
        let parent = std::env::temp_dir();
        // Root's own temporary folder may be closed to others.
        let closed = self.other.is_some() && !parent.ancestors().all(process::is_open);
        let parent = if closed { Path::new("/tmp") } else { &parent };
        let make = || {
            let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
            if let Some(user) = &self.other {
                chown(folder.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            }
            Ok::<_, std::io::Error>(folder.keep())
        };
        make().map_err(|error| Failure::setup("make a temporary folder", error))
    }

    /// A command of the owner, unaffected by the variables that configure clients.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        if let Some(user) = &self.other {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("PG")) {
                command.env_remove(name);
            }
        }
        command
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> Result<u16, Failure> {
    interrupt::check()?;
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::setup("find a free port", error))
}
