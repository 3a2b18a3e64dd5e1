//! How a command ended: `Status`, and the exit code of the process.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It did what it was asked: exit code 0.
    Done,
    /// It ran, and the answer is not good: there are findings that are errors, or tenants that
    /// could not be migrated. Exit code 1.
    Unsound,
    /// It could not do what it was asked: exit code 2.
    Refused,
}

impl Status {
    /// The exit code.
    ///
    /// ```
    /// assert_eq!(tenancy_cli::Status::Unsound.code(), 1);
    /// ```
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unsound => 1,
            Self::Refused => 2,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}
