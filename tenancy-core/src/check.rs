//! Checks: what is looked for, under a stable code, and what is reported.
//!
//! Every check is one file with a [`CheckDescription`]; [`CHECKS`] lists those of the core, and a
//! strategy adds its own. What a check reports is a [`Finding`]; several are [`Findings`], which are
//! an error that lists all of them.

use std::fmt;

use serde::Serialize;

mod accepted;
pub(crate) mod conflicting_database_urls;
pub(crate) mod conflicting_strategies;
pub mod database;
mod finding;
mod findings;
pub(crate) mod foreign_option;
pub(crate) mod impossible_value;
pub(crate) mod invalid_database_url;
pub(crate) mod invalid_silence;
pub(crate) mod invalid_toml;
pub(crate) mod missing_database_url;
pub(crate) mod missing_strategy;
pub(crate) mod mixed_databases;
pub(crate) mod mixed_strategies;
pub mod sets;
mod source;
pub(crate) mod strategy_in_code;
pub(crate) mod unknown_key;
pub(crate) mod unknown_strategy;
pub(crate) mod unknown_variable;
pub(crate) mod unmatched_silence;
pub(crate) mod unreadable_file;
pub(crate) mod unsupported_engine;
pub(crate) mod wrong_type;

pub use accepted::{Accepted, Judged, judge};
pub use finding::{Finding, Severity};
pub use findings::Findings;
pub use source::Source;

/// When a check can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CheckKind {
    /// Reads files and configuration only.
    Static,
    /// Reads the live database.
    Database,
}

impl fmt::Display for CheckKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Static => "static",
            Self::Database => "database",
        })
    }
}

/// What a check is called, how much it weighs, and why it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckDescription {
    /// The stable code: three letters for the room, three digits; never used again.
    pub code: &'static str,
    /// The name in kebab-case.
    pub name: &'static str,
    /// How much its findings weigh, unless the finding says otherwise.
    pub severity: Severity,
    /// When it can run.
    pub kind: CheckKind,
    /// The explanation in Markdown, with the sections "What it finds", "Why it is wrong" and
    /// "How to fix it".
    pub explain: &'static str,
}

/// The checks of the core, in the order of their codes.
pub static CHECKS: &[&CheckDescription] = &[
    &unreadable_file::CHECK,
    &invalid_toml::CHECK,
    &mixed_strategies::CHECK,
    &unknown_key::CHECK,
    &unknown_variable::CHECK,
    &wrong_type::CHECK,
    &missing_strategy::CHECK,
    &unknown_strategy::CHECK,
    &conflicting_strategies::CHECK,
    &foreign_option::CHECK,
    &strategy_in_code::CHECK,
    &missing_database_url::CHECK,
    &invalid_database_url::CHECK,
    &conflicting_database_urls::CHECK,
    &impossible_value::CHECK,
    &unsupported_engine::CHECK,
    &invalid_silence::CHECK,
    &mixed_databases::CHECK,
    &unmatched_silence::CHECK,
    &database::check_not_run::CHECK,
    &database::unowned_table::CHECK,
    &database::table_on_both_sides::CHECK,
    &database::other_marker::CHECK,
    &database::framework_leftover::CHECK,
    &database::trigger::CHECK,
    &database::writable_parent::CHECK,
    &database::pool_size::CHECK,
    &database::transaction_pooler::CHECK,
    &database::foreign_registry_table::CHECK,
    &database::outside_ledger::CHECK,
    &database::search_path::CHECK,
    &sets::duplicate_migration::CHECK,
    &sets::duplicate_number::CHECK,
    &sets::duplicate_table::CHECK,
    &sets::framework_table::CHECK,
    &sets::hollow_merge::CHECK,
    &sets::migration_order::CHECK,
    &sets::number_gap::CHECK,
    &sets::destructive_step::CHECK,
    &sets::shared_references_tenant::CHECK,
    &sets::unregistered_migration::CHECK,
    &sets::missing_migration::CHECK,
    &sets::unreadable_migration::CHECK,
    &sets::undetermined_migration::CHECK,
    &sets::tenant_column::CHECK,
];

/// Finds the description behind a code, in any case.
///
/// # Example
///
/// ```
/// let check = tenancy_core::check::explain("cfg003").expect("a check of this crate");
/// assert_eq!(check.name, "mixed-strategies");
/// assert!(check.explain.contains("## How to fix it"));
/// ```
#[must_use]
pub fn explain(code: &str) -> Option<&'static CheckDescription> {
    CHECKS.iter().copied().find(|check| check.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests;
