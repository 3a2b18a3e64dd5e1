//! [`OptionKey`]: what a configuration key is called, holds and means.

use crate::check::CheckDescription;

/// What a strategy may be told in configuration; the section carries the strategy's name.
///
/// A strategy crate exports one such constant, and whoever loads the configuration passes it to
/// [`ConfigLoader::known_strategy`](super::ConfigLoader::known_strategy).
///
/// # Example
///
/// ```
/// use tenancy_core::config::{OptionKey, OptionKind, StrategyKeys};
///
/// const KEYS: StrategyKeys = StrategyKeys {
///     name: "table-prefix",
///     keys: &[OptionKey {
///         name: "separator",
///         kind: OptionKind::Choice(&["_", "__"]),
///         default: Some("__"),
///         doc: "what stands between the tenant's name and the table's",
///     }],
///     checks: &[],
/// };
/// assert_eq!(KEYS.keys[0].default, Some("__"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrategyKeys {
    /// The strategy's name in kebab-case, also that of its section.
    pub name: &'static str,
    /// The keys of the section.
    pub keys: &'static [OptionKey],
    /// The checks that only this strategy has, in the order of their codes.
    pub checks: &'static [&'static CheckDescription],
}

/// One key: its name in snake_case, kind, default and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionKey {
    /// The name in snake_case.
    pub name: &'static str,
    /// What its value may be.
    pub kind: OptionKind,
    /// The default, written as it would be in an environment variable.
    pub default: Option<&'static str>,
    /// What it means, in one sentence for the reference.
    pub doc: &'static str,
}

/// What the value of a key may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionKind {
    /// Any text but the empty one.
    Text,
    /// A path in the file system, relative to the working directory.
    Path,
    /// A name in the database: `^[a-z][a-z0-9_]{0,62}$`.
    Identifier,
    /// A whole number within bounds, both included.
    Integer {
        /// The least value.
        min: u32,
        /// The greatest value.
        max: u32,
    },
    /// `true` or `false`.
    Bool,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// `plain`, or the name of a distributed engine of a later release, which is refused.
    Engine,
    /// A list of texts; in an environment variable separated by commas.
    List,
    /// A list of names in the database; in an environment variable separated by commas.
    Identifiers,
    /// The address of a database, which is a secret.
    DatabaseUrl,
    /// The name of a known strategy.
    Strategy,
    /// A list of tables `{ code, reason }`; only in a file.
    Silences,
}

impl OptionKind {
    /// Says in words what a value must be.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        match self {
            Self::Text
            | Self::Path
            | Self::Identifier
            | Self::Choice(_)
            | Self::Engine
            | Self::DatabaseUrl
            | Self::Strategy => "a string",
            Self::Integer { .. } => "a whole number",
            Self::Bool => "`true` or `false`",
            Self::List | Self::Identifiers => "a list of strings",
            Self::Silences => "a list of tables `{ code, reason }`",
        }
    }

    /// Says whether the value can be written as one text, as a variable or a flag does.
    #[must_use]
    pub const fn is_textual(&self) -> bool {
        !matches!(self, Self::Silences)
    }
}
