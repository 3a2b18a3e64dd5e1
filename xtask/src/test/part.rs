//! The parts of `cargo xtask test`.

use std::{fmt, process::Command};

use clap::ValueEnum;

use super::summary;
use crate::{
    cargo,
    failure::Failure,
    postgres::Server,
    process::{read, run, run_and_read},
    tidy,
};

/// All packages with all features, in every part: what one part has compiled serves the next.
const EVERYTHING: [&str; 2] = ["--workspace", "--all-features"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Formatting.
    Fmt,
    /// Rules of this repository.
    Tidy,
    /// Clippy, warnings denied.
    Clippy,
    /// Documentation builds, warnings denied.
    Docs,
    /// All tests, against real databases.
    Tests,
    /// Examples in the documentation.
    Doctests,
}

/// What the parts share.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) server: Option<Server>,
    filter: Vec<String>,
}

impl Context {
    pub(super) fn new(filter: Vec<String>) -> Self {
        Self { server: None, filter }
    }

    /// A cargo that runs tests.
    fn tests(&self) -> Command {
        let mut command = cargo::command();
        if let Some(server) = &self.server {
            server.serve(&mut command, "test");
        }
        command
    }
}

impl Part {
    pub(super) const ALL: [Self; 6] =
        [Self::Fmt, Self::Tidy, Self::Clippy, Self::Docs, Self::Tests, Self::Doctests];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Fmt => "cargo fmt --all --check",
            Self::Tidy => "rules of this repository",
            Self::Clippy => "cargo clippy, warnings denied",
            Self::Docs => "cargo doc, warnings denied",
            Self::Tests => "all tests",
            Self::Doctests => "examples in the documentation",
        }
    }

    pub(super) fn needs_database(&self) -> bool {
        match self {
            Self::Tests | Self::Doctests => true,
            Self::Fmt | Self::Tidy | Self::Clippy | Self::Docs => false,
        }
    }

    /// Whether it uses the example in a browser and puts it under load.
    pub(super) fn needs_browser(&self) -> bool {
        match self {
            Self::Tests => true,
            Self::Fmt | Self::Tidy | Self::Clippy | Self::Docs | Self::Doctests => false,
        }
    }

    pub(super) fn compiles(&self) -> bool {
        match self {
            Self::Clippy | Self::Docs | Self::Tests | Self::Doctests => true,
            Self::Fmt | Self::Tidy => false,
        }
    }

    /// Runs the part and returns what there is to say about it.
    pub(super) fn run(self, context: &Context) -> Result<Option<String>, Failure> {
        match self {
            Self::Fmt => fmt(),
            Self::Tidy => tidy::run().map(|()| None),
            Self::Clippy => clippy(),
            Self::Docs => docs(),
            Self::Tests => tests(context),
            Self::Doctests => doctests(context),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Doctests => "doctests",
        })
    }
}

fn fmt() -> Result<Option<String>, Failure> {
    component("fmt", "rustup component add rustfmt")?;
    let status = run(cargo::command().args(["fmt", "--all", "--check"]))?;
    passed(status.success(), "run `cargo fmt --all`")
}

fn clippy() -> Result<Option<String>, Failure> {
    component("clippy", "rustup component add clippy")?;
    let mut command = cargo::command();
    command.arg("clippy").args(EVERYTHING).args(["--all-targets", "--", "-D", "warnings"]);
    passed(run(&mut command)?.success(), "see the warnings above")
}

fn docs() -> Result<Option<String>, Failure> {
    let mut command = cargo::command();
    command.arg("doc").args(EVERYTHING).arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings");
    passed(run(&mut command)?.success(), "see the warnings above")
}

fn tests(context: &Context) -> Result<Option<String>, Failure> {
    let mut command = context.tests();
    command.env("TENANCY_TEST_REQUIRE", "postgres,browser,load");
    if cargo::has_nextest() {
        command.args(["nextest", "run"]).args(EVERYTHING);
        if std::env::var_os("CI").is_some() {
            command.args(["--profile", "ci"]);
        }
        command.args(&context.filter);
    } else {
        eprintln!(
            "xtask: cargo-nextest is not installed, so `cargo test` runs the tests, in one \
             process per binary (`cargo install --locked cargo-nextest` to change that)"
        );
        command.arg("test").args(EVERYTHING).args(["--all-targets", "--no-fail-fast", "--"]);
        command.args(&context.filter);
    }
    let (status, lines) = run_and_read(&mut command)?;
    let summary = summary::of_tests(&lines);
    let reason = summary.as_deref().unwrap_or("the tests did not run");
    passed(status.success(), reason).map(|_| summary)
}

fn doctests(context: &Context) -> Result<Option<String>, Failure> {
    let mut command = context.tests();
    command.args(["test", "--doc", "--no-fail-fast"]).args(EVERYTHING);
    let (status, lines) = run_and_read(&mut command)?;
    let summary = summary::of_tests(&lines);
    let reason = summary.as_deref().unwrap_or("the examples did not run");
    passed(status.success(), reason).map(|_| summary)
}

fn passed(success: bool, otherwise: &str) -> Result<Option<String>, Failure> {
    if success { Ok(None) } else { Err(Failure::Check(otherwise.to_owned())) }
}

fn component(name: &str, install: &str) -> Result<(), Failure> {
    if read(cargo::command().args([name, "--version"])).is_some() {
        return Ok(());
    }
    Err(Failure::Setup(format!("`cargo {name}` is missing; install it with `{install}`")))
}
