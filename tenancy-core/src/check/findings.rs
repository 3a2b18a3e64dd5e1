//! [`Findings`]: everything that was found, in one order, usable as an error.

use std::fmt;

use serde::Serialize;

use super::Finding;

/// All findings of a run, sorted by severity, code and source.
///
/// As an error it lists every finding, not the first one.
///
/// # Example
///
/// ```
/// use tenancy_core::check::{Finding, Findings, explain};
///
/// let check = explain("CFG007").expect("a check of this crate");
/// let findings = Findings::from(vec![Finding::new(check, "no strategy is configured")]);
/// assert!(findings.has_errors());
/// assert_eq!(findings.to_string(), "error[CFG007]: no strategy is configured");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Starts with nothing found.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding in its place; one that is already there is not repeated.
    pub fn push(&mut self, finding: Finding) {
        if let Err(place) = self.0.binary_search(&finding) {
            self.0.insert(place, finding);
        }
    }

    /// Says whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts the findings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether any finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Finding::is_error)
    }

    /// Iterates over the findings in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl From<Vec<Finding>> for Findings {
    fn from(findings: Vec<Finding>) -> Self {
        findings.into_iter().collect()
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        let mut sorted: Vec<_> = findings.into_iter().collect();
        sorted.sort();
        sorted.dedup();
        Self(sorted)
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        for finding in findings {
            self.push(finding);
        }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Severity, Source, explain};

    #[test]
    fn errors_come_first_then_codes_then_sources() {
        let late = Finding::new(explain("CFG007").unwrap(), "late");
        let at = |line| {
            Finding::new(explain("CFG003").unwrap(), "early").at(Source::line("tenancy.toml", line))
        };
        let mut warning = Finding::new(explain("CFG001").unwrap(), "warning");
        warning.severity = Severity::Warning;

        let mut findings = Findings::from(vec![warning, late.clone(), at(12), at(3)]);
        findings.push(at(3));
        findings.extend([late]);

        assert_eq!(
            findings.to_string(),
            "error[CFG003]: early\n  --> tenancy.toml:3\n\
             error[CFG003]: early\n  --> tenancy.toml:12\n\
             error[CFG007]: late\n\
             warning[CFG001]: warning"
        );
        assert_eq!(findings.len(), 4);
    }
}
