//! The command line of applications with tenants: check, migrate, manage tenants.
//!
//! An application has a small binary whose `main` calls [`run`] with an [`Application`]: its
//! strategies, its migrations, and, if it likes, its entities. That binary has every command.
//!
//! ```
//! use std::sync::Arc;
//!
//! use tenancy_cli::{Application, Status, Terminal, run_with};
//! use tenancy_core::{
//!     MigrationSets, Result, TenancyStrategy,
//!     config::{Config, Environment, StrategyKeys},
//! };
//! use tenancy_shared_schema::SharedSchema;
//!
//! struct Notes;
//!
//! impl Application for Notes {
//!     fn known_strategies(&self) -> Vec<StrategyKeys> {
//!         vec![SharedSchema::KEYS]
//!     }
//!
//!     fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
//!         Ok(Arc::new(SharedSchema::from_config(config)?))
//!     }
//!
//!     fn migrations(&self) -> MigrationSets {
//!         MigrationSets::default() // those of the project
//!     }
//! }
//!
//! // `main` is one line: `tenancy_cli::run(Notes)`. Tests pass in what the process would give.
//! let variables = [("TENANCY_STRATEGY", "shared-schema"), ("DATABASE_URL", "sqlite://notes.db")];
//! let (terminal, captured) = Terminal::captured("");
//! let args = ["notes", "config", "show", "--format", "json"];
//! let status = run_with(&Notes, args, Environment::from_iter(variables), terminal);
//!
//! assert_eq!(status, Status::Done);
//! assert!(captured.stdout().contains("shared-schema"));
//! ```
//!
//! The stand-alone command `tenancy` (feature `strategies`) knows both strategies and no migrations.
//! It makes an application (`tenancy new`), adds what is missing to one that is there (`tenancy
//! init`), reads configuration, manifests, code and migrations without compiling anything
//! (`tenancy check`), and hands what needs the migrations to the application's own binary, with the
//! same arguments and streams.
//!
//! Data is written to the standard output, everything else to the standard error; `--format json`
//! writes an object a line. The exit code is 0 when the command is done, 1 when the answer is not
//! good, and 2 when it could not be done: [`Status`].
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | `postgres`, `sqlite` (default) | the database drivers |
//! | `strategies` (default) | the stand-alone command, with both strategies |
//!
//! All commands with their options, and a tutorial, are in the
//! [book](https://github.com/tenancy-rs/tenancy/tree/main/docs).

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
