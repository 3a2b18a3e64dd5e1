//! [`Finding`]: what a check reports.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

use super::{CheckDescription, Source};

/// How much a finding weighs: errors refuse, warnings inform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Refuses to go on.
    Error,
    /// Goes on, and says so.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that a check found: what, where, and how to mend it.
///
/// # Example
///
/// ```
/// use tenancy_core::check::{Finding, Source, explain};
///
/// let check = explain("CFG003").expect("a check of this crate");
/// let finding = Finding::new(check, "two strategies are configured")
///     .at(Source::line("tenancy.toml", 7))
///     .with_hint("remove one of them");
/// assert_eq!(
///     finding.to_string(),
///     "error[CFG003]: two strategies are configured\n  --> tenancy.toml:7\n  hint: remove one of them"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable code, such as `CFG003`.
    pub code: &'static str,
    /// The name of the check in kebab-case.
    pub name: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong: lower-case, without a full stop, never with a secret.
    pub message: String,
    /// Where the cause stands.
    pub source: Option<Source>,
    /// Other places that have a part in it.
    pub related: Vec<Source>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    /// Reports `message` in the name of a check.
    #[must_use]
    pub fn new(check: &CheckDescription, message: impl Into<String>) -> Self {
        Self {
            code: check.code,
            name: check.name,
            severity: check.severity,
            message: message.into(),
            source: None,
            related: Vec::new(),
            hint: None,
        }
    }

    /// Says where the cause stands.
    #[must_use]
    pub fn at(mut self, source: Source) -> Self {
        self.source = Some(source);
        self
    }

    /// Adds another place that has a part in it.
    #[must_use]
    pub fn with_related(mut self, source: Source) -> Self {
        self.related.push(source);
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says whether the finding refuses to go on.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn sort_key(&self) -> (Severity, &'static str, Option<&Source>, &str) {
        (self.severity, self.code, self.source.as_ref(), &self.message)
    }
}

impl PartialOrd for Finding {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Finding {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sort_key().cmp(&other.sort_key()).then_with(|| {
            (&self.related, &self.hint, self.name).cmp(&(&other.related, &other.hint, other.name))
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        if let Some(source) = &self.source {
            write!(f, "\n  --> {source}")?;
        }
        for source in &self.related {
            write!(f, "\n  and {source}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::explain;

    #[test]
    fn every_part_has_a_line() {
        let finding = Finding::new(explain("CFG003").unwrap(), "both are configured")
            .at(Source::line("tenancy.toml", 7))
            .with_related(Source::env("TENANCY_STRATEGY"))
            .with_hint("remove one");
        assert_eq!(
            finding.to_string(),
            "error[CFG003]: both are configured\n  --> tenancy.toml:7\n  \
             and environment variable `TENANCY_STRATEGY`\n  hint: remove one"
        );
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(json["code"], "CFG003");
        assert_eq!(json["name"], "mixed-strategies");
        assert_eq!(json["severity"], "error");
        assert_eq!(json["source"]["line"], 7);
    }
}
