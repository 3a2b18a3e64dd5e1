//! Secrets that are handed out once and kept as digests.

use std::fmt;

use sha2::{Digest, Sha256};

/// 32 random bytes in hexadecimal. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hexadecimal(&bytes)))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of a token.
    pub(crate) fn digest(token: &str) -> String {
        hexadecimal(&Sha256::digest(token.as_bytes()))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}
