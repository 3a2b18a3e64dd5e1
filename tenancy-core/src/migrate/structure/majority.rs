//! Which places differ from most of the others.

use std::collections::BTreeMap;

use serde::Serialize;

/// The structure that most places have, and who has another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Majority {
    /// The fingerprint of the structure that most have.
    pub fingerprint: String,
    /// How many have it.
    pub count: usize,
    /// The names of those that have another, in the order they came in.
    pub others: Vec<String>,
}

/// Finds the most common of the fingerprints, each given with the name of its place; of two that
/// are equally common the one that came first. `None` without any.
///
/// ```
/// use tenancy_core::migrate::structure::majority;
///
/// let drift = majority(&[("acme", "a1"), ("globex", "b2"), ("initech", "a1")]);
/// assert_eq!(drift.map(|drift| drift.others), Some(vec!["globex".to_owned()]));
/// ```
#[must_use]
pub fn majority<N: AsRef<str>, F: AsRef<str>>(places: &[(N, F)]) -> Option<Majority> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, fingerprint) in places {
        *counts.entry(fingerprint.as_ref()).or_default() += 1;
    }
    let count = counts.values().copied().max()?;
    let is_common = |fingerprint: &&str| counts.get(fingerprint) == Some(&count);
    let common = places.iter().map(|(_, fingerprint)| fingerprint.as_ref()).find(is_common)?;
    let others = places
        .iter()
        .filter(|(_, fingerprint)| fingerprint.as_ref() != common)
        .map(|(name, _)| name.as_ref().to_owned())
        .collect();
    Some(Majority { fingerprint: common.to_owned(), count, others })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_differs_from_nothing() {
        assert_eq!(majority::<&str, &str>(&[]), None);
    }

    #[test]
    fn of_two_that_are_equally_common_the_first_counts() {
        let drift = majority(&[("acme", "b"), ("globex", "a")]).unwrap();
        assert_eq!((drift.fingerprint.as_str(), drift.count), ("b", 1));
        assert_eq!(drift.others, ["globex"]);
    }
}
