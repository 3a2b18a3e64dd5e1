//! Why a command could not be done: `Error`, with a code and a hint.

mod sources;

use std::io;

use sea_orm::DbErr;
use tenancy_core::StorageTrouble;

use crate::hand_over;
pub(crate) use sources::SourcesError;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The core refused, or failed.
    #[error(transparent)]
    Core(#[from] tenancy_core::Error),
    /// The command needs migrations, and the program belongs to no project.
    #[error("`{command}` needs the migrations of the project, which this program does not have")]
    NeedsProject { command: &'static str },
    /// The command destroys data, and was not confirmed.
    #[error("the command throws rows away, and was not confirmed")]
    NotConfirmed,
    /// The application names no entities.
    #[error("the application names no entities to compare with")]
    NoEntities,
    /// The command has no findings.
    #[error("only `check` has findings that SARIF can hold")]
    NotSarif,
    /// No check of this code.
    #[error("no check has the code `{code}`", code = code.escape_default())]
    UnknownCode { code: String },
    /// A setting is no JSON.
    #[error("the value of `--settings` is not a JSON object")]
    InvalidSettings {
        #[source]
        source: Option<serde_json::Error>,
    },
    /// An invitation's id is no id.
    #[error("`{id}` is not the id of an invitation", id = id.escape_default())]
    InvalidId { id: String },
    /// The asynchronous runtime could not be started.
    #[error("the asynchronous runtime could not be started")]
    Runtime {
        #[source]
        source: io::Error,
    },
    /// The command line was run inside an asynchronous runtime.
    #[error("the command line was run from inside an asynchronous runtime")]
    InsideRuntime,
    /// The standard input could not be read.
    #[error("the standard input could not be read")]
    Input {
        #[source]
        source: io::Error,
    },
    /// The output could not be written.
    #[error("the output could not be written")]
    Output {
        #[source]
        source: io::Error,
    },
    /// No binary of the project is known.
    #[error(
        "`{command}` needs the migrations of the project, and no binary of it calls `tenancy_cli::run`"
    )]
    NoProjectBinary { command: &'static str },
    /// More than one binary could be meant.
    #[error("more than one binary of the project calls `tenancy_cli::run`: {files}")]
    SeveralProjectBinaries { files: String },
    /// Cargo could not be called.
    #[error("`{command}` could not be handed to the project's own binary")]
    HandOver {
        command: &'static str,
        #[source]
        source: io::Error,
    },
    /// A statement that changes rows was not let to.
    #[error("the statement changes rows")]
    Writes,
    /// The database refused a statement.
    #[error("the statement failed")]
    Statement {
        #[source]
        source: DbErr,
    },
    /// No tenant is meant.
    #[error("no tenant in service is meant")]
    NobodyMatches,
    /// A part of the program failed.
    #[error("the work for a tenant was cut off")]
    Task {
        #[source]
        source: tokio::task::JoinError,
    },
    /// A program could not be started.
    #[error("`{program}` could not be started", program = program.escape_default())]
    Program {
        program: String,
        #[source]
        source: io::Error,
    },
    /// The data of a deleted tenant is kept yet.
    #[error("the data of the tenant `{slug}` is kept until {until}")]
    GracePeriod { slug: String, until: String },
    /// The command asks, and there is nobody to answer.
    #[error("the command has to be confirmed, and there is no terminal to ask on")]
    NotAsked,
    /// The answer was not the slug.
    #[error("the answer was not the tenant's slug; nothing was done")]
    NotTyped,
    /// The sources of the application are at odds with it.
    #[error(transparent)]
    Sources(#[from] SourcesError),
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Core(error) => error.code(),
            Self::NeedsProject { .. } => "CLI101",
            Self::UnknownCode { .. } => "CLI102",
            Self::InvalidSettings { .. } => "CLI103",
            Self::InvalidId { .. } => "CLI104",
            Self::Runtime { .. } => "CLI105",
            Self::InsideRuntime => "CLI106",
            Self::Input { .. } => "CLI107",
            Self::Output { .. } => "CLI108",
            Self::NotSarif => "CLI109",
            Self::NotConfirmed => "CLI110",
            Self::NoEntities => "CLI111",
            Self::Sources(error) => error.code(),
            Self::NoProjectBinary { .. } => "CLI117",
            Self::SeveralProjectBinaries { .. } => "CLI118",
            Self::HandOver { .. } => "CLI119",
            Self::Writes => "CLI120",
            Self::Statement { .. } => "CLI121",
            Self::NobodyMatches => "CLI122",
            Self::Task { .. } => "CLI123",
            Self::Program { .. } => "CLI124",
            Self::GracePeriod { .. } => "CLI125",
            Self::NotAsked => "CLI126",
            Self::NotTyped => "CLI127",
        }
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Core(error) => error.hint(),
            Self::NeedsProject { .. } => Some(
                "run it with the project's own binary, the one whose `main` calls \
                 `tenancy_cli::run`",
            ),
            Self::NoEntities => Some("give them in `Application::entities`"),
            Self::NotConfirmed => Some("give it `--yes` if nobody needs them"),
            Self::UnknownCode { .. } => Some("`tenancy explain` lists all of them"),
            Self::InvalidSettings { .. } => {
                Some("write it like `--settings '{\"plan\": \"free\"}'`")
            }
            Self::InvalidId { .. } => Some("`tenancy invite list` shows the ids"),
            Self::InsideRuntime => Some("call `tenancy_cli::run` from a `main` that is not async"),
            Self::NotSarif => Some("use `--format json`, or `tenancy check --format sarif`"),
            Self::NoProjectBinary { .. } => Some(
                "give a package a `main` that calls it, as `tenancy new` and `tenancy init` write \
                 it, and name the package in `migrate.package` of tenancy.toml",
            ),
            Self::SeveralProjectBinaries { .. } => {
                Some("name the package in `migrate.package` of tenancy.toml")
            }
            Self::HandOver { source, .. } => Some(hand_over::hint(source)),
            Self::Writes => Some("give it `--write` if it is to change rows"),
            Self::NobodyMatches => Some("`tenancy tenant list` shows all tenants"),
            Self::GracePeriod { .. } => Some(
                "`tenancy tenant restore` brings it back; `--at-once` removes it without waiting",
            ),
            Self::NotAsked => Some("give it `--yes` if it is to be done"),
            Self::Sources(error) => error.hint(),
            Self::Statement { source } => StorageTrouble::of(source).map(StorageTrouble::hint),
            Self::NotTyped
            | Self::Runtime { .. }
            | Self::Input { .. }
            | Self::Output { .. }
            | Self::Task { .. }
            | Self::Program { .. } => None,
        }
    }
}
