//! Why a command could not be done: `Error`, with a code and a hint.

use std::io;

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
            Self::Runtime { .. } | Self::Input { .. } | Self::Output { .. } => None,
        }
    }
}
