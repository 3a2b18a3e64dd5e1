#![doc = include_str!("../README.md")]

mod application;
mod args;
mod check;
mod command;
mod error;
mod hand_over;
mod output;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar of Rust has many forms, and one of them is looked for"
)]
mod registration;
mod scaffold;
mod status;
mod terminal;

use std::{ffi::OsString, panic::Location, path::Path, process::ExitCode};

pub use application::Application;
pub use status::Status;
pub use terminal::{Captured, Terminal};

use clap::{CommandFactory as _, FromArgMatches as _};
use tenancy_core::config::Environment;

use args::Args;
use command::Context;
use output::Output;

/// The examples of the workspace's README are compiled here, beside both strategies.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct WorkspaceReadme;

/// Runs the command line of the process for an application, and says how the process should exit.
///
/// It starts an asynchronous runtime of its own, so it must not be called from inside one.
///
/// # Example
///
/// The whole command of a project, `src/bin/manage.rs`; see [`Application`] for the rest.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use tenancy_core::{MigrationSets, Result, TenancyStrategy, config::{Config, StrategyKeys}};
/// # struct Notes;
/// # impl tenancy_cli::Application for Notes {
/// #     fn known_strategies(&self) -> Vec<StrategyKeys> { Vec::new() }
/// #     fn strategy(&self, _: &Config) -> Result<Arc<dyn TenancyStrategy>> { unreachable!() }
/// #     fn migrations(&self) -> MigrationSets { MigrationSets::default() }
/// # }
/// fn main() -> std::process::ExitCode {
///     tenancy_cli::run(Notes)
/// }
/// ```
#[must_use = "the process has to exit with it"]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "the whole program is the application's")]
pub fn run(app: impl Application) -> ExitCode {
    let terminal = Terminal::process();
    run_with(&app, std::env::args_os(), Environment::process(), terminal).into()
}

/// Runs a command line for an application: the first argument is the name of the program.
///
/// Everything that [`run`] takes from the process is passed in, so that it can be called by a
/// larger program and by tests.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use tenancy_core::{MigrationSets, Result, TenancyStrategy, config::{Config, StrategyKeys}};
/// # struct Notes;
/// # impl tenancy_cli::Application for Notes {
/// #     fn known_strategies(&self) -> Vec<StrategyKeys> { Vec::new() }
/// #     fn strategy(&self, _: &Config) -> Result<Arc<dyn TenancyStrategy>> { unreachable!() }
/// #     fn migrations(&self) -> MigrationSets { MigrationSets::default() }
/// # }
/// use tenancy_cli::{Status, Terminal, run_with};
/// use tenancy_core::config::Environment;
///
/// let (terminal, captured) = Terminal::captured("");
/// let args = ["notes", "explain", "CFG012"];
/// let status = run_with(&Notes, args, Environment::default(), terminal);
///
/// assert_eq!(status, Status::Done);
/// assert!(captured.stdout().starts_with("CFG012 missing-database-url"));
/// ```
#[track_caller]
pub fn run_with<I, T>(
    app: &dyn Application,
    args: I,
    environment: Environment,
    terminal: Terminal,
) -> Status
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let program = program(&args);
    let arguments: Vec<OsString> = args.iter().skip(1).cloned().collect();
    let parsed = Args::command()
        .try_get_matches_from(args)
        .and_then(|mut matches| Args::from_arg_matches_mut(&mut matches));
    match parsed {
        Err(usage) => Output::new(terminal).usage(&usage),
        Ok(Args { global, command }) => {
            let output = Output::new(terminal)
                .with_strategies(app.known_strategies())
                .with_format(global.format, global.color);
            let place = Location::caller();
            Context { app, program, arguments, place, global, environment, output }.run(command)
        }
    }
}

/// The name that the program was called by.
fn program(args: &[OsString]) -> String {
    let name = args.first().and_then(|path| Path::new(path).file_stem());
    name.map_or_else(|| "tenancy".to_owned(), |name| name.to_string_lossy().into_owned())
}
