//! [`Sourced`]: a value together with where it comes from.

use serde::Serialize;

use crate::check::Source;

/// A value that knows where it was configured.
///
/// # Example
///
/// ```
/// use tenancy_core::check::Source;
/// use tenancy_core::config::Sourced;
///
/// let jobs = Sourced::new(4, Source::Default).map(|jobs| jobs * 2);
/// assert_eq!((jobs.value, jobs.source), (8, Source::Default));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it was configured.
    pub source: Source,
}

impl<T> Sourced<T> {
    /// Joins a value and its source.
    #[must_use]
    pub const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }

    /// Changes the value and keeps the source.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: change(self.value), source: self.source }
    }
}
