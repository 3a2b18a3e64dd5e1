//! Who people are: users, and the sessions that keep them signed in.
//!
//! Their tables are present once and hold no tenant's data, so they are reached by the central
//! connection, which is opened once and with this reason. A session holds where it was made and
//! nowhere else ([`Audience`]).

mod hand_over;
mod password;
mod session;
mod token;
mod user;

use std::time::Duration;

use sea_orm::DbErr;
use tenancy_core::{CentralConnection, Tenancy};

pub(crate) use self::{
    session::{Audience, Session},
    token::Token,
    user::NewUser,
};
use crate::invalid::Invalid;

/// How long a session lasts.
pub(crate) const SESSION: Duration = Duration::from_secs(12 * 60 * 60);

/// The users and their sessions. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    database: CentralConnection,
}

impl Accounts {
    pub(crate) async fn open(tenancy: &Tenancy) -> tenancy_core::Result<Self> {
        let database = tenancy.central("users and their sessions").await?;
        Ok(Self { database })
    }
}

/// Why an account did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// What came in cannot be used; each field says why.
    #[error("the input cannot be used")]
    Invalid(#[from] Invalid),
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Password(argon2::password_hash::Error),
    /// The system has no random bytes.
    #[error("there are no random bytes: {0}")]
    Random(getrandom::Error),
    /// The work on a password ended without a result.
    #[error("hashing a password ended without a result")]
    CutOff,
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<getrandom::Error> for AccountError {
    fn from(error: getrandom::Error) -> Self {
        Self::Random(error)
    }
}
