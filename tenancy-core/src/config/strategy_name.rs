//! [`StrategyName`]: the name by which configuration, code and database agree on a strategy.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The name of a strategy in kebab-case, such as `shared-schema`.
///
/// The core knows no strategy: the names come from the crates that implement one.
///
/// # Example
///
/// ```
/// use tenancy_core::config::StrategyName;
///
/// let name: StrategyName = "shared-schema".parse()?;
/// assert_eq!(name, "shared-schema");
/// assert!("Shared Schema".parse::<StrategyName>().is_err());
/// # Ok::<(), tenancy_core::config::InvalidStrategyName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StrategyName(String);

/// The text is not a name in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a strategy's name is words of `a-z` and `0-9` joined by `-`, at most 63 bytes")]
pub struct InvalidStrategyName;

impl StrategyName {
    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StrategyName {
    type Err = InvalidStrategyName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let word = |word: &str| !word.is_empty() && word.chars().all(lower);
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
        if starts && name.len() <= 63 && name.split('-').all(word) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidStrategyName)
        }
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for StrategyName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for StrategyName {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for StrategyName {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kebab_case_is_a_name() {
        for good in ["shared-schema", "schema-per-tenant", "s3", "x"] {
            assert!(good.parse::<StrategyName>().is_ok(), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a--b", "A", "a_b", "3a", "a b"] {
            assert!(bad.parse::<StrategyName>().is_err(), "{bad}");
        }
    }
}
