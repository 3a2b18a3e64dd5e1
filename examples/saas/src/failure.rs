//! Why the shop did not start or stopped, as it is told on standard error.

use std::{fmt, io, net::SocketAddr, path::PathBuf, process::ExitCode};

use tenancy_core::{Error, Slug, check::Findings};

use crate::{accounts::AccountError, shop::ShopError};

/// Why the shop did not start or stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration cannot be used.
    Configuration(Findings),
    /// The database or a tenant's place cannot be used.
    Tenancy(Error),
    /// The migrations of a tenant failed.
    Migration { tenant: Slug, source: Box<Error> },
    /// A shop could not be filled with its first goods.
    Demo { tenant: Slug, source: ShopError },
    /// An account could not be made or changed.
    Account(AccountError),
    /// There is no such account.
    NoAccount,
    /// The folder for SQLite's files could not be made.
    Data { folder: PathBuf, source: io::Error },
    /// The address cannot be listened on.
    Listen { address: SocketAddr, source: io::Error },
    /// Serving failed.
    Serve(io::Error),
}

impl Failure {
    /// 2 for what was refused before anything was done, 1 for what failed on the way.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_)
            | Self::Tenancy(_)
            | Self::NoAccount
            | Self::Data { .. }
            | Self::Listen { .. } => ExitCode::from(2),
            Self::Migration { .. } | Self::Demo { .. } | Self::Account(_) | Self::Serve(_) => {
                ExitCode::FAILURE
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // They say `error[…]` and give their hints themselves.
            Self::Configuration(findings) | Self::Tenancy(Error::Configuration(findings)) => {
                write!(f, "{findings}")
            }
            Self::Tenancy(error) => {
                write_error(f, "", error)?;
                if matches!(error, Error::OtherStrategy { .. }) {
                    write!(f, " (`--data` names another folder, `DATABASE_URL` another database)")?;
                }
                Ok(())
            }
            Self::Migration { tenant, source } => {
                write_error(f, &format!("the tenant `{tenant}` could not be migrated: "), source)
            }
            Self::Demo { tenant, source } => {
                write!(f, "error: the shop of `{tenant}` could not be filled: {source}")
            }
            Self::Account(AccountError::Invalid(invalid)) => {
                let fields = invalid.fields().iter();
                let fields: Vec<_> =
                    fields.map(|error| format!("{}: {}", error.field, error.detail)).collect();
                write!(f, "error: this cannot be an account: {}", fields.join(" "))
            }
            Self::Account(error) => write!(f, "error: the account could not be changed: {error}"),
            Self::NoAccount => write!(f, "error: there is no account with this address"),
            Self::Data { folder, source } => {
                write!(f, "error: the folder `{}` could not be made: {source}", folder.display())
            }
            Self::Listen { address, source } => {
                write!(f, "error: cannot listen on {address}: {source}")?;
                write!(f, "\n  hint: choose another address, such as `--listen 127.0.0.1:0`")
            }
            Self::Serve(source) => write!(f, "error: serving failed: {source}"),
        }
    }
}

fn write_error(f: &mut fmt::Formatter<'_>, context: &str, error: &Error) -> fmt::Result {
    write!(f, "error[{}]: {context}{}", error.code(), error.with_sources())?;
    match error.hint() {
        Some(hint) => write!(f, "\n  hint: {hint}"),
        None => Ok(()),
    }
}

impl From<Findings> for Failure {
    fn from(findings: Findings) -> Self {
        Self::Configuration(findings)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Tenancy(error)
    }
}
