//! Running commands: in a process group of their own, without a standard input.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
};

use crate::{failure::Failure, interrupt};

/// Runs a command and tells whether it succeeded.
pub(crate) fn run(command: &mut Command) -> Result<ExitStatus, Failure> {
    interrupt::check()?;
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| cannot_run(command, error))?;
    let running = interrupt::running(child.id());
    let status = child.wait();
    drop(running);
    interrupt::check()?;
    status.map_err(|error| cannot_run(command, error))
}

/// Runs a command, passes on what it prints, and returns that too.
pub(crate) fn run_and_read(command: &mut Command) -> Result<(ExitStatus, Vec<String>), Failure> {
    run_into(command, io::stdout(), io::stderr())
}

/// Runs a command and returns what it prints, first its standard output.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(ExitStatus, Vec<String>), Failure> {
    run_into(command, io::sink(), io::sink())
}

/// Runs a command, passes on what it reports to its standard error, and returns both.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<(ExitStatus, Vec<String>), Failure> {
    run_into(command, io::sink(), io::stderr())
}

fn run_into(
    command: &mut Command,
    to_stdout: impl Write + Send,
    to_stderr: impl Write + Send,
) -> Result<(ExitStatus, Vec<String>), Failure> {
    interrupt::check()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| cannot_run(command, error))?;
    let running = interrupt::running(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (status, lines) = thread::scope(|scope| {
        let stdout = scope.spawn(|| pass_on(stdout, to_stdout));
        let stderr = scope.spawn(|| pass_on(stderr, to_stderr));
        let status = child.wait();
        let lines = [stdout, stderr].map(|thread| thread.join().unwrap_or_default());
        (status, lines.concat())
    });
    drop(running);
    interrupt::check()?;
    Ok((status.map_err(|error| cannot_run(command, error))?, lines))
}

fn pass_on(from: Option<impl Read>, mut to: impl Write) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(from) = from else { return lines };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // A reader that went away must not end the tests.
        to.write_all(&line).and_then(|()| to.flush()).ok();
        lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    lines
}

/// Runs a command silently and returns what it printed, or nothing when it failed.
pub(crate) fn read(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).process_group(0).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Looks a program up in `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}

pub(crate) fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Whether everybody may enter a folder.
pub(crate) fn is_open(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    folder.metadata().is_ok_and(|data| data.permissions().mode() & 0o001 != 0)
}

fn cannot_run(command: &Command, error: io::Error) -> Failure {
    Failure::setup(&format!("run `{}`", command.get_program().display()), error)
}
