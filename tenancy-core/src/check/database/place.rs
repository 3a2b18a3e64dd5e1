//! In which places something was found, in words that stay short however many there are.

/// How many places are named before the rest are counted.
const NAMED: usize = 3;

/// Names the first few schemas or files, and counts the others.
///
/// ```
/// use tenancy_core::check::database::places;
///
/// assert_eq!(places(&["t_a", "t_b"]), "`t_a`, `t_b`");
/// assert_eq!(places(&["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
/// ```
#[must_use]
pub fn places<S: AsRef<str>>(all: &[S]) -> String {
    let named: Vec<String> =
        all.iter().take(NAMED).map(|place| format!("`{}`", place.as_ref())).collect();
    match all.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
