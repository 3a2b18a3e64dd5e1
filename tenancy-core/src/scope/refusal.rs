//! Why a statement was refused: `Refusal`, with a code and a hint.

/// Why a statement of a tenant was refused. Nothing of it was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The text could not be parsed.
    #[error("the statement could not be parsed: {reason}")]
    NotParsed {
        /// What the parser said, without values.
        reason: String,
    },
}

impl Refusal {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotParsed { .. } => "SCO101",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotParsed { .. } => None,
        }
    }
}
