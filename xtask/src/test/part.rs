//! The parts of `cargo xtask test`.

use std::{fmt, process::Command};

use clap::ValueEnum;

use super::summary;
use crate::{
    book, cargo, deny,
    failure::Failure,
    features, mariadb, oldest_rust, package,
    pooler::{Pooler, Poolers},
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
    /// What is published says and holds what it should.
    Package,
    /// Clippy, warnings denied.
    Clippy,
    /// Crates build without their features; with `--matrix` with each of them too.
    Features,
    /// Documentation builds, warnings denied.
    Docs,
    /// All tests, against real databases.
    Tests,
    /// The contract and the oracle, through a pooler.
    Pooler,
    /// Examples in the documentation.
    Doctests,
    /// The pages of the book; only with `--matrix`.
    Book,
    /// Licences, sources and vulnerabilities of the dependencies; only with `--matrix`.
    Deny,
    /// The oldest Rust that is promised; only with `--matrix`.
    OldestRust,
    /// Packages build from what would be published; only with `--matrix`.
    Publish,
}

/// What the parts share.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) server: Option<Server>,
    /// The one that is not PostgreSQL, for the tests.
    pub(super) mariadb: Option<mariadb::Server>,
    pub(super) poolers: Poolers,
    /// The one that the part `pooler` goes through.
    pub(super) pooler: Option<Pooler>,
    /// Whether the server is one of the matrix, after the first.
    pub(super) is_further: bool,
    /// Whether everything is asked for, however long it takes.
    is_matrix: bool,
    filter: Vec<String>,
}

impl Context {
    pub(super) fn new(filter: Vec<String>, is_matrix: bool, poolers: Poolers) -> Self {
        Self {
            server: None,
            mariadb: None,
            poolers,
            pooler: None,
            is_further: false,
            is_matrix,
            filter,
        }
    }

    /// A cargo that runs tests.
    fn tests(&self) -> Command {
        let mut command = cargo::command();
        if let Some(server) = &self.server {
            server.serve(&mut command, "test");
        }
        self.poolers.serve(&mut command);
        if let Some(mariadb) = &self.mariadb {
            mariadb.serve(&mut command);
            require(&mut command, "mysql");
        }
        command
    }
}

impl Part {
    pub(super) const ALL: [Self; 13] = [
        Self::Fmt,
        Self::Tidy,
        Self::Package,
        Self::Clippy,
        Self::Features,
        Self::Docs,
        Self::Tests,
        Self::Pooler,
        Self::Doctests,
        Self::Book,
        Self::Deny,
        Self::OldestRust,
        Self::Publish,
    ];

    /// What runs once more for each further server.
    pub(super) const FOR_EACH_SERVER: [Self; 2] = [Self::Tests, Self::Pooler];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Fmt => "cargo fmt --all --check",
            Self::Tidy => "rules of this repository",
            Self::Package => "what would be published",
            Self::Clippy => "cargo clippy, warnings denied",
            Self::Features => "crates without their features",
            Self::Docs => "cargo doc, warnings denied",
            Self::Tests => "all tests",
            Self::Pooler => "the contract and the oracle through a pooler",
            Self::Doctests => "examples in the documentation",
            Self::Book => "the pages of the book",
            Self::Deny => "licences, sources and vulnerabilities of the dependencies",
            Self::OldestRust => "the oldest Rust that is promised",
            Self::Publish => "packages, built from what would be published",
        }
    }

    /// Whether it takes too long for every run, or builds programs of others.
    pub(super) fn is_for_matrix(&self) -> bool {
        matches!(self, Self::Book | Self::Deny | Self::OldestRust | Self::Publish)
    }

    pub(super) fn needs_database(&self) -> bool {
        matches!(self, Self::Tests | Self::Pooler | Self::Doctests)
    }

    /// Whether it uses the example in a browser and puts it under load.
    pub(super) fn needs_browser(&self) -> bool {
        matches!(self, Self::Tests)
    }

    pub(super) fn compiles(&self) -> bool {
        !matches!(self, Self::Fmt | Self::Tidy | Self::Package)
    }

    /// Runs the part and returns what there is to say about it.
    pub(super) fn run(self, context: &Context) -> Result<Option<String>, Failure> {
        match self {
            Self::Fmt => fmt(),
            Self::Tidy => tidy::run().map(|()| None),
            Self::Package => package::check().map(|()| None),
            Self::Clippy => clippy(),
            Self::Features if context.is_matrix => features::check_each().map(|()| None),
            Self::Features => features::check_telling().map(|()| None),
            Self::Docs => docs(),
            Self::Tests => tests(context),
            Self::Pooler => pooler(context),
            Self::Doctests => doctests(context),
            Self::Book => book::build(),
            Self::Deny => deny::check(),
            Self::OldestRust => oldest_rust::check(),
            Self::Publish => package::publish().map(|()| None),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Package => "package",
            Self::Clippy => "clippy",
            Self::Features => "features",
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Pooler => "pooler",
            Self::Doctests => "doctests",
            Self::Book => "book",
            Self::Deny => "deny",
            Self::OldestRust => "oldest-rust",
            Self::Publish => "publish",
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

/// What does not depend on the server: applications are built there.
const BUILDING: &str = "not test(/^session::/)";

/// What goes through a pooler, for nextest and for `cargo test`.
const POOLED: (&str, [&str; 2]) = (
    // The example's strategy connects to databases of its own, past any pooler.
    "test(/^(contract::postgres|oracle::.*_on_postgres)/) and not package(database-per-tenant)",
    ["contract::postgres", "_scoped_on_postgres"],
);

fn nextest(command: &mut Command, context: &Context, expression: Option<&str>) {
    command.args(["nextest", "run"]).args(EVERYTHING);
    if std::env::var_os("CI").is_some() {
        command.args(["--profile", "ci"]);
    }
    if let Some(expression) = expression {
        command.args(["-E", expression]);
        // A filter for other tests leaves none of these.
        if !context.filter.is_empty() {
            command.arg("--no-tests=pass");
        }
    }
    command.args(&context.filter);
}

fn pooler(context: &Context) -> Result<Option<String>, Failure> {
    let Some(pooler) = &context.pooler else { return Ok(Some("left out".to_owned())) };
    let mut command = context.tests();
    pooler.serve(&mut command);
    let (expression, names) = POOLED;
    if cargo::has_nextest() {
        nextest(&mut command, context, Some(expression));
    } else {
        command.arg("test").args(EVERYTHING).args(["--test", "it", "--no-fail-fast", "--"]);
        command.args(names);
    }
    summarised(&mut command)
}

/// Makes a failure of what would be left out without these, beside what is demanded already.
fn require(command: &mut Command, more: &str) {
    const REQUIRE: &str = "TENANCY_TEST_REQUIRE";
    let demanded = command.get_envs().find(|(name, _)| *name == REQUIRE);
    let demanded = demanded.and_then(|(_, value)| value?.to_str().map(str::to_owned));
    let demanded = demanded.unwrap_or_else(|| "postgres".to_owned());
    command.env(REQUIRE, format!("{demanded},{more}"));
}

fn tests(context: &Context) -> Result<Option<String>, Failure> {
    let mut command = context.tests();
    require(&mut command, "browser,load");
    if cargo::has_nextest() {
        nextest(&mut command, context, context.is_further.then_some(BUILDING));
    } else {
        eprintln!(
            "xtask: cargo-nextest is not installed, so `cargo test` runs the tests, in one \
             process per binary (`cargo install --locked cargo-nextest` to change that)"
        );
        command.arg("test").args(EVERYTHING).args(["--all-targets", "--no-fail-fast", "--"]);
        command.args(&context.filter);
    }
    summarised(&mut command)
}

fn summarised(command: &mut Command) -> Result<Option<String>, Failure> {
    let (status, lines) = run_and_read(command)?;
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
