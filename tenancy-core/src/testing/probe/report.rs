//! What a probe has found.

use std::{collections::BTreeMap, fmt};

use super::Entry;

/// A way from one tenant to another's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Crossing {
    /// The table.
    pub table: String,
    /// Through which entry; `None` for a reference, which the database has to refuse.
    pub entry: Option<Entry>,
    /// What could be done.
    pub what: String,
}

/// A table of which nothing was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unproven {
    /// The table.
    pub table: String,
    /// Why not.
    pub reason: String,
}

/// What a probe has found: each tenant table stands in one of its lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeReport {
    /// The tables in which no way leads to another tenant.
    pub proven: Vec<String>,
    /// The tables that were left out, each with the reason.
    pub skipped: BTreeMap<String, String>,
    /// The tables of which nothing, or not everything, could be proven.
    pub unproven: Vec<Unproven>,
    /// The ways that lead to another tenant.
    pub crossings: Vec<Crossing>,
}

impl ProbeReport {
    /// Whether every table that was not left out is proven.
    ///
    /// ```
    /// use tenancy_core::testing::probe::ProbeReport;
    ///
    /// assert!(ProbeReport::default().is_sound());
    /// ```
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems() == 0
    }

    /// Takes those of these tables for proven that nothing speaks against.
    pub(super) fn prove(&mut self, tables: Vec<&String>) {
        let is_broken = |name: &String| {
            self.unproven.iter().any(|unproven| unproven.table == *name)
                || self.crossings.iter().any(|crossing| crossing.table == *name)
        };
        self.proven = tables.into_iter().filter(|name| !is_broken(name)).cloned().collect();
    }

    pub(super) fn problems(&self) -> usize {
        self.unproven.len() + self.crossings.len()
    }

    pub(super) fn unproven(&mut self, table: &str, reason: impl Into<String>) {
        self.unproven.push(Unproven { table: table.to_owned(), reason: reason.into() });
    }

    pub(super) fn crossing(&mut self, table: &str, entry: Option<Entry>, what: impl Into<String>) {
        self.crossings.push(Crossing { table: table.to_owned(), entry, what: what.into() });
    }
}

impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Crossing { table, entry, what } in &self.crossings {
            match entry {
                Some(entry) => writeln!(f, "`{table}` is not apart: {what}, through {entry}")?,
                None => writeln!(f, "`{table}` is not apart: {what}")?,
            }
        }
        for Unproven { table, reason } in &self.unproven {
            writeln!(f, "`{table}` is not proven: {reason}")?;
        }
        for (table, reason) in &self.skipped {
            writeln!(f, "`{table}` is left out: {reason}")?;
        }
        write!(f, "{} tables proven", self.proven.len())
    }
}
