//! Checks of the two sets of migrations: `SET001` and on.
//!
//! The same faults are seen from two sides: `tenancy check` reads the sources of the migrations, and
//! the project's own command writes the migrations down and reads what they do. Both report them
//! through the functions of these modules, so code, words and hint are the same.

use std::fmt;

use serde::Serialize;

use super::Source;

pub mod destructive_step;
pub mod duplicate_migration;
pub mod duplicate_number;
pub mod duplicate_table;
pub mod framework_table;
pub mod hollow_merge;
pub mod migration_order;
pub mod missing_migration;
pub mod number_gap;
pub mod shared_references_tenant;
pub mod tenant_column;
pub mod undetermined_migration;
pub mod unreadable_migration;
pub mod unregistered_migration;

/// One of the two sets of migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SetName {
    /// The tables that are present once.
    Shared,
    /// The tables that every tenant has.
    Tenant,
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "shared",
            Self::Tenant => "tenant",
        })
    }
}

/// A migration, or a step of it, as a finding names it.
///
/// # Example
///
/// ```
/// use tenancy_core::check::{
///     Source,
///     sets::{MigrationRef, SetName, duplicate_table},
/// };
///
/// let path = |name: &str| format!("migration/src/tenant/{name}.rs");
/// let [first, second] = ["m0004_client_domain", "m0004_domain_model"].map(|name| {
///     MigrationRef::new(SetName::Tenant, name, Source::line(path(name), 12))
/// });
/// let finding = duplicate_table::finding("notes_domain", &[first, second]).expect("two of them");
/// assert_eq!(finding.code, "SET003");
/// assert_eq!(
///     finding.message,
///     "the table `notes_domain` is created by the tenant migration `m0004_client_domain` \
///      and by the tenant migration `m0004_domain_model`"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MigrationRef {
    /// The set that it belongs to.
    pub set: SetName,
    /// Its name, by which it stands in ledgers.
    pub name: String,
    /// Where it, or the step in question, stands.
    pub source: Source,
}

impl MigrationRef {
    /// Names a migration of a set, with the place that a reader should look at.
    #[must_use]
    pub fn new(set: SetName, name: impl Into<String>, source: Source) -> Self {
        Self { set, name: name.into(), source }
    }

    /// Names a migration that was written down, of which no file is known.
    #[must_use]
    pub fn recorded(set: SetName, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { set, source: Source::Migration(name.clone()), name }
    }
}

impl fmt::Display for MigrationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} migration `{}`", self.set, self.name)
    }
}

/// Joins the owners of something: "by a, by b and by c".
fn by(migrations: &[MigrationRef]) -> String {
    let all: Vec<String> = migrations.iter().map(|migration| format!("by {migration}")).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
