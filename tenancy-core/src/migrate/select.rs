//! Which tenants a run is for: `Selection`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::{
    error::{Error, Result},
    tenant::Slug,
};

/// Which tenants a run is for. Empty, it is for all that a run includes by their status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Selection {
    /// Only tenants whose slug is one of these; `*` stands for any letters, `?` for one.
    pub tenants: Vec<String>,
    /// No tenant whose slug is one of these.
    pub exclude: Vec<String>,
    /// Only the first so many of them, by slug.
    pub canary: Option<Canary>,
    /// No tenant at all: only the tables that are present once.
    pub shared_only: bool,
}

/// How many tenants go first.
///
/// ```
/// use tenancy_core::migrate::Canary;
///
/// assert_eq!("5%".parse::<Canary>()?.of(1_000), 50);
/// assert_eq!("5%".parse::<Canary>()?.of(3), 1);
/// assert_eq!("20".parse::<Canary>()?.of(1_000), 20);
/// # Ok::<(), tenancy_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Canary {
    /// So many of a hundred, and at least one.
    Percent(u8),
    /// So many.
    Count(u64),
}

impl Canary {
    /// How many tenants it is of so many.
    #[must_use]
    pub fn of(self, tenants: u64) -> u64 {
        match self {
            Self::Percent(percent) => {
                tenants.saturating_mul(percent.into()).div_ceil(100).max(1).min(tenants)
            }
            Self::Count(count) => count.min(tenants),
        }
    }
}

impl FromStr for Canary {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let canary = match text.strip_suffix('%') {
            Some(percent) => {
                percent.parse().ok().filter(|p| (1..=100).contains(p)).map(Self::Percent)
            }
            None => text.parse().ok().filter(|count| *count > 0).map(Self::Count),
        };
        canary.ok_or_else(|| Error::InvalidName {
            kind: "canary",
            name: text.to_owned(),
            reason: "it is a number of tenants, such as `20`, or a share of them, such as `5%`",
        })
    }
}

impl fmt::Display for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl Selection {
    /// Whether tenants are left out on purpose.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.tenants.is_empty() || !self.exclude.is_empty() || self.canary.is_some()
    }

    /// Whether the patterns take a tenant in; the canary is another matter.
    #[must_use]
    pub fn includes(&self, slug: &Slug) -> bool {
        let matches =
            |patterns: &[String]| patterns.iter().any(|p| WildMatch::new(p).matches(slug.as_str()));
        (self.tenants.is_empty() || matches(&self.tenants)) && !matches(&self.exclude)
    }

    /// The slugs that are named without wildcards, in either list.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        let names = self.tenants.iter().chain(&self.exclude).map(String::as_str);
        names.filter(|name| !name.contains(['*', '?']))
    }

    /// The same selection without its canary: what is left when that has gone well.
    pub(crate) fn rest(&self) -> Self {
        Self { canary: None, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(tenants: &[&str], exclude: &[&str], slug: &str) -> bool {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let selection =
            Selection { tenants: owned(tenants), exclude: owned(exclude), ..Selection::default() };
        selection.includes(&slug.parse().unwrap())
    }

    #[test]
    fn patterns_take_in_and_leave_out() {
        assert!(selects(&[], &[], "acme"));
        assert!(selects(&["ac*"], &[], "acme"));
        assert!(!selects(&["ac*"], &["acme"], "acme"));
        assert!(!selects(&["ac"], &[], "acme"));
        assert!(selects(&["acm?"], &["globex"], "acme"));
        assert!(!selects(&[], &["*"], "acme"));
    }

    #[test]
    fn a_canary_is_at_least_one_and_never_more_than_all() {
        assert_eq!(Canary::Percent(1).of(10), 1);
        assert_eq!(Canary::Percent(100).of(10), 10);
        assert_eq!(Canary::Percent(5).of(0), 0);
        assert_eq!(Canary::Count(20).of(10), 10);
        for wrong in ["", "0", "0%", "101%", "five", "-1", "5 %"] {
            assert!(wrong.parse::<Canary>().is_err(), "{wrong}");
        }
    }
}
