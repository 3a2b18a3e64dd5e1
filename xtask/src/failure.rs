//! Why a command ends early, and the exit code that says so.

use std::{fmt, process::ExitCode};

#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that was checked is wrong.
    Check(String),
    /// The check could not be made.
    Setup(String),
    /// A signal asked for the end.
    Interrupted,
}

impl Failure {
    pub(crate) fn setup(action: &str, error: impl fmt::Display) -> Self {
        Self::Setup(format!("could not {action}: {error}"))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Check(_) => 1,
            Self::Setup(_) => 2,
            // As a shell reports an end by SIGINT.
            Self::Interrupted => 130,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check(text) | Self::Setup(text) => f.write_str(text),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}
