//! `Number`: what a migration's name begins with, a number or a time stamp.

use std::path::Path;

/// What a migration's name begins with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    /// As it is written: `0004` or `20260101_000001`.
    pub(super) text: String,
    /// The value, where migrations are numbered one by one.
    pub(super) counted: Option<u64>,
}

/// Reads the number of a name such as `m0004_create_notes` or `m20260101_000001_create_notes`.
pub(super) fn of(name: &str) -> Option<Number> {
    let rest = name.strip_prefix('m').unwrap_or(name);
    let first = digits(rest);
    if first.is_empty() {
        return None;
    }
    let behind = rest.get(first.len()..)?;
    let second = behind.strip_prefix('_').map(digits).unwrap_or_default();
    if first.len() >= 8 {
        let text = if second.is_empty() { first.to_owned() } else { format!("{first}_{second}") };
        return Some(Number { text, counted: None });
    }
    (behind.is_empty() || behind.starts_with('_'))
        .then(|| Number { text: first.to_owned(), counted: first.parse().ok() })
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Whether a file is a migration by its name.
pub(super) fn is_migration(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_name)
}

/// Whether a name is one of a migration: `m`, digits, and words.
pub(super) fn is_name(name: &str) -> bool {
    let is_numbered = name.starts_with('m') && of(name).is_some();
    is_numbered && name.contains('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_time_stamps_are_told_apart() {
        let text = |name| of(name).map(|number| number.text);
        assert_eq!(text("m0004_create_notes").as_deref(), Some("0004"));
        assert_eq!(text("m20260101_000001_create_notes").as_deref(), Some("20260101_000001"));
        assert_eq!(text("m20260101000001_create_notes").as_deref(), Some("20260101000001"));
        assert_eq!(text("merge_notes"), None);
        assert_eq!(of("m0004_a").and_then(|number| number.counted), Some(4));
        assert_eq!(of("m20260101_000001_a").and_then(|number| number.counted), None);
    }

    #[test]
    fn a_migration_is_known_by_its_name() {
        assert!(is_migration(Path::new("src/tenant/m0001_a.rs")));
        for other in ["src/main.rs", "src/mod.rs", "src/m1.rs", "src/money.rs", "src/_1.rs"] {
            assert!(!is_migration(Path::new(other)), "{other}");
        }
    }
}
