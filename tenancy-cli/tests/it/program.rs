//! Runs a command line, as a process and in this one, and shows how it ended.

use std::{fmt, path::Path, process::Command};

use regex::Regex;
use snapbox::{Assert, Redactions, data::Inline};
use tenancy_cli::{Application, Captured, Terminal, run_with};
use tenancy_core::config::Environment;

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Compares everything with what is written in the test; `SNAPSHOTS=overwrite` writes it.
    #[track_caller]
    pub(crate) fn is(&self, expected: Inline) {
        let mut redactions = Redactions::new();
        let pattern = |pattern| Regex::new(pattern).unwrap();
        for (name, text) in [
            ("[ID]", "(?<redacted>[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})"),
            ("[TIME]", r"(?<redacted>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC)"),
            ("[INSTANT]", r"(?<redacted>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z)"),
            ("[PLACE]", "t_[a-z]+_(?<redacted>[0-9a-f]{12})"),
            ("[LINE]", "at line (?<redacted>[0-9]{3,})"),
            ("[STAMP]", "m(?<redacted>20[0-9]{6}_[0-9]{6})_(create|add)_tag"),
            ("[TOKEN]", r"(?<redacted>[0-9a-f]{64})"),
        ] {
            redactions.insert(name, pattern(text)).unwrap();
        }
        Assert::new()
            .action_env("SNAPSHOTS")
            .normalize_paths(false)
            .redact_with(redactions)
            .eq(self.to_string(), expected);
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// Runs the stand-alone command in a folder, with these variables and no others.
pub(crate) fn tenancy(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_tenancy"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Ended {
        code: u8::try_from(output.status.code().unwrap()).unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the command line of an application in this process.
pub(crate) fn run(app: &dyn Application, variables: &[(&str, &str)], args: &[&str]) -> Ended {
    run_reading("", app, variables, args)
}

/// The same with a text on the standard input.
pub(crate) fn run_reading(
    input: &str,
    app: &dyn Application,
    variables: &[(&str, &str)],
    args: &[&str],
) -> Ended {
    run_on(Terminal::captured(input), app, variables, args)
}

/// The same with a person who types a line.
pub(crate) fn run_answering(
    line: &str,
    app: &dyn Application,
    variables: &[(&str, &str)],
    args: &[&str],
) -> Ended {
    let (terminal, captured) = Terminal::captured(line);
    run_on((terminal.with_person(), captured), app, variables, args)
}

/// The same on a terminal of so many columns.
pub(crate) fn run_narrow(
    width: u16,
    app: &dyn Application,
    variables: &[(&str, &str)],
    args: &[&str],
) -> Ended {
    let (terminal, captured) = Terminal::captured("");
    run_on((terminal.with_width(width), captured), app, variables, args)
}

fn run_on(
    (terminal, captured): (Terminal, Captured),
    app: &dyn Application,
    variables: &[(&str, &str)],
    args: &[&str],
) -> Ended {
    let args = ["notes"].iter().chain(args);
    let environment = Environment::from_iter(variables.iter().copied());
    let status = run_with(app, args, environment, terminal);
    Ended { code: status.code(), stdout: captured.stdout(), stderr: captured.stderr() }
}
