//! What of the database's own rules about tenants' rows would not hold.

use crate::error::Error;

/// A rule of the database that is not as it should be, after all was mended that the framework may mend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsecured {
    /// What is not as it should be, with the table or role named.
    pub reason: String,
    /// What mends it, as a sentence for the person who does.
    pub mend: &'static str,
}

impl Unsecured {
    /// What is not as it should be, and what mends it.
    #[must_use]
    pub fn new(reason: impl Into<String>, mend: &'static str) -> Self {
        Self { reason: reason.into(), mend }
    }
}

impl From<Unsecured> for Error {
    fn from(Unsecured { reason, mend }: Unsecured) -> Self {
        Self::Unsecured { reason, mend }
    }
}
