//! The tests that have to notice a mutant.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{table::Mutant, workspace::Workspace};
use crate::{cargo, failure::Failure, postgres::Server, process};

/// What became of a mutant.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Tests fail with it.
    Killed { by: Stage },
    /// All tests pass with it: nothing proves its rule.
    Survived,
    /// The text it replaces is not in its file, or more than once.
    Stale { found: usize },
    /// It does not compile.
    Invalid { log: PathBuf },
}

impl Outcome {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Killed { .. } => "killed",
            Self::Survived => "SURVIVED",
            Self::Stale { .. } => "STALE",
            Self::Invalid { .. } => "INVALID",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed { by } => write!(f, "(by {by})"),
            Self::Survived => Ok(()),
            Self::Stale { found } => write!(f, "(its text was found {found} times)"),
            Self::Invalid { log } => write!(f, "(it does not compile, see {})", log.display()),
        }
    }
}

/// Tests that run together, the quicker ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Those of the crate that the mutant is in.
    Units { package: &'static str, filter: &'static str },
    /// The contract and the oracle, under both strategies, on both databases.
    Databases,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Units { package, .. } => write!(f, "the unit tests of {package}"),
            Self::Databases => f.write_str("the contract and the oracle"),
        }
    }
}

impl Stage {
    /// The stages for a mutant of a file.
    fn of(file: &str) -> [Self; 2] {
        let units = match file {
            file if file.starts_with("tenancy-shared-schema/") => ("tenancy-shared-schema", ""),
            file if file.starts_with("tenancy-schema-per-tenant/") => {
                ("tenancy-schema-per-tenant", "")
            }
            file if file.starts_with("tenancy-core/src/scope") => ("tenancy-core", "scope::"),
            _ => ("tenancy-core", ""),
        };
        let (package, filter) = units;
        [Self::Units { package, filter }, Self::Databases]
    }

    fn arguments(self) -> Vec<&'static str> {
        let mut arguments = match self {
            Self::Units { package, filter: _ } => vec!["-p", package, "--lib"],
            Self::Databases => {
                let both = ["-p", "tenancy-shared-schema", "-p", "tenancy-schema-per-tenant"];
                [&both[..], &["--test", "it"]].concat()
            }
        };
        arguments.push("--all-features");
        arguments
    }

    fn filter(self) -> &'static str {
        match self {
            Self::Units { package: _, filter } => filter,
            Self::Databases => "",
        }
    }
}

/// What the tests need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tests<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) server: &'a Server,
}

/// What became of one stage.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Passed,
    Failed,
    NotCompiled,
}

impl Tests<'_> {
    /// Runs every stage that the mutants need on the sources as they are.
    pub(super) fn without_mutant(self, mutants: &[(&str, &Mutant)]) -> Result<(), Failure> {
        let mut stages = Vec::new();
        for stage in mutants.iter().flat_map(|(file, _)| Stage::of(file)) {
            if !stages.contains(&stage) {
                stages.push(stage);
            }
        }
        for stage in stages {
            let (ended, log) = self.stage(stage, "no-mutant")?;
            if ended != Ended::Passed {
                let log = log.display();
                return Err(Failure::Setup(format!("{stage} fail without a mutant, see {log}")));
            }
        }
        Ok(())
    }

    /// Applies a mutant, runs the tests until one fails, and takes the mutant back.
    pub(super) fn of_mutant(self, file: &str, mutant: &Mutant) -> Result<Outcome, Failure> {
        let path = self.workspace.sources().join(file);
        let plain = fs::read_to_string(&path).map_err(|error| unusable(&path, &error))?;
        let found = plain.matches(mutant.find).count();
        if found != 1 {
            return Ok(Outcome::Stale { found });
        }
        let mutated = plain.replacen(mutant.find, mutant.replace, 1);
        fs::write(&path, mutated).map_err(|error| unusable(&path, &error))?;
        let outcome = self.stages(file, mutant.name);
        fs::write(&path, plain).map_err(|error| unusable(&path, &error))?;
        outcome
    }

    fn stages(self, file: &str, name: &str) -> Result<Outcome, Failure> {
        for stage in Stage::of(file) {
            match self.stage(stage, name)? {
                (Ended::Passed, _) => {}
                (Ended::Failed, _) => return Ok(Outcome::Killed { by: stage }),
                (Ended::NotCompiled, log) => return Ok(Outcome::Invalid { log }),
            }
        }
        Ok(Outcome::Survived)
    }

    fn stage(self, stage: Stage, name: &str) -> Result<(Ended, PathBuf), Failure> {
        let (log, file) =
            self.workspace.log(name).map_err(|error| Failure::setup("write a log", error))?;
        let nextest = cargo::has_nextest();
        let mut ended = Ended::NotCompiled;
        for run in [false, true] {
            let mut command = self.cargo(stage, name, nextest);
            if !run {
                command.arg("--no-run");
            } else if nextest {
                command.args(["--fail-fast", "--no-tests", "fail", stage.filter()]);
            } else {
                command.args(["--", stage.filter()]);
            }
            write_to(&mut command, &file).map_err(|error| Failure::setup("write a log", error))?;
            ended = match (process::run(&mut command)?.success(), run) {
                (false, false) => return Ok((Ended::NotCompiled, log)),
                (false, true) => Ended::Failed,
                (true, _) => Ended::Passed,
            };
        }
        Ok((ended, log))
    }

    fn cargo(self, stage: Stage, name: &str, nextest: bool) -> Command {
        let mut command = cargo::command();
        command.current_dir(self.workspace.sources());
        command.env("CARGO_TARGET_DIR", self.workspace.target());
        // Nobody debugs a mutant, and half of each build is writing debug information.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TERM_COLOR", "never");
        self.server.serve(&mut command, name);
        command.args(if nextest { &["nextest", "run"][..] } else { &["test"] });
        command.args(stage.arguments());
        command
    }
}

fn write_to(command: &mut Command, file: &fs::File) -> io::Result<()> {
    command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file.try_clone()?));
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::setup(&format!("use {}", path.display()), error)
}
