//! Servers that run for one test: as whom, what they say, and that they end with it.
//!
//! Each is the child of a shell that reads from the test: however the test ends, the pipe closes, and
//! the shell stops the server and removes its folder.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A user whom a server may run as: neither PostgreSQL nor PgBouncer runs as root.
#[derive(Debug)]
pub(super) struct Owner {
    ids: Option<(u32, u32)>,
}

impl Owner {
    pub(super) fn find() -> io::Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self { ids: None });
        }
        Ok(Self { ids: Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)) })
    }

    /// Makes a folder of the owner's.
    pub(super) fn folder(&self, prefix: &str) -> io::Result<TempDir> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in("/tmp")?;
        if let Some((user, group)) = self.ids {
            chown(folder.path(), Some(user), Some(group))?;
        }
        Ok(folder)
    }

    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }

    /// Writes a file that the owner can read.
    pub(super) fn write(&self, file: &Path, text: &str) -> io::Result<()> {
        fs::write(file, text)?;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
        self.ids.map_or(Ok(()), |(user, group)| chown(file, Some(user), Some(group)))
    }
}

fn id(args: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(args).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| io::Error::other(format!("`id {}` failed", args.join(" "))))
}

/// The shell that keeps a server.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
    said: Receiver<String>,
}

impl Keeper {
    /// Starts a shell on a script that reads lines, removes the folder `$1` at their end, and passes
    /// on what its server says.
    pub(super) fn start(
        owner: &Owner,
        script: &str,
        folder: TempDir,
        words: &[&std::ffi::OsStr],
    ) -> io::Result<Self> {
        let mut shell = owner
            .command("/bin/sh", folder.path())
            .args(["-c", script, "sh"])
            .arg(folder.path())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        // The shell removes the folder.
        drop(folder.keep());
        Ok(Self { said: lines(shell.stdout.take()), shell })
    }

    /// Sends the shell a line.
    pub(super) fn tell(&mut self, line: &str) -> io::Result<()> {
        self.shell.stdin.as_mut().map_or(Ok(()), |stdin| writeln!(stdin, "{line}"))
    }

    /// Waits until the server says these words.
    pub(super) fn wait(&self, words: &str) -> io::Result<()> {
        let (begun, mut said) = (Instant::now(), String::new());
        while let Ok(line) = self.said.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            if line.contains(words) {
                return Ok(());
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(io::Error::other(format!("the server did not say `{words}`:\n{said}")))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().ok();
    }
}

/// The lines that somebody says, as they come. They are read on when nobody listens, so that who
/// says them never waits.
fn lines(from: Option<impl io::Read + Send + 'static>) -> Receiver<String> {
    let (told, said) = mpsc::channel();
    thread::spawn(move || {
        let lines = from.into_iter().flat_map(|from| BufReader::new(from).lines());
        for line in lines.map_while(Result::ok) {
            drop(told.send(line));
        }
    });
    said
}
