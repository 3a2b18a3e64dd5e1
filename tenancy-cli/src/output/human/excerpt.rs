//! The line of a file that a finding is about, without what may be a secret.

use std::fs;

use tenancy_core::{
    check::Source,
    config::{OptionKind, SECTIONS, StrategyKeys},
};

/// The line of a file that a finding is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) line: usize,
    pub(super) text: String,
}

impl Excerpt {
    /// Reads the line, if the source is one and it is known to be harmless.
    pub(super) fn of(source: &Source, known: &[StrategyKeys]) -> Option<Self> {
        let Source::File { path, line: Some(line) } = source else { return None };
        let text = fs::read_to_string(path).ok()?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => Self::in_code(&text, *line),
            _ if path.file_name().is_some_and(|name| name == "Cargo.toml") => {
                Self::in_code(&text, *line)
            }
            _ => Self::in_text(&text, *line, known),
        }
    }

    /// Reads a line of code, with those of its texts hidden that may hold an address.
    fn in_code(text: &str, line: usize) -> Option<Self> {
        let shown = text.lines().nth(line.checked_sub(1)?)?.trim();
        if shown.contains("://") || shown.contains('@') {
            // Where a text begins and ends is not known on a line of several.
            let (before, _) = shown.split_once('"')?;
            return Some(Self { line, text: format!("{before}…") });
        }
        Some(Self { line, text: shown.to_owned() })
    }

    fn in_text(text: &str, line: usize, known: &[StrategyKeys]) -> Option<Self> {
        let at = line.checked_sub(1)?;
        let shown = text.lines().nth(at)?.trim();
        if let Some(section) = section(shown) {
            return Some(Self { line, text: format!("[{section}]") });
        }
        let (key, value) = shown.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        if !is_plain(key) {
            return None;
        }
        let before: Vec<&str> = text.lines().take(at).collect();
        let section = before.iter().rev().find_map(|line| section(line.trim())).unwrap_or("");
        let value = if is_harmless(section, key, known) { value } else { "…" };
        Some(Self { line, text: format!("{key} = {value}") })
    }
}

/// The name in the heading of a section, if the line is one.
fn section(line: &str) -> Option<&str> {
    let name = line.strip_prefix('[')?.split(']').next()?.trim();
    is_plain(name).then_some(name)
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    !name.is_empty() && name.chars().all(plain)
}

/// Whether whatever stands behind a key may be shown. What is not known may be a secret: a
/// misspelt `url` holds a password all the same.
fn is_harmless(section: &str, key: &str, known: &[StrategyKeys]) -> bool {
    let path = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
    let (section, key) = path.split_once('.').unwrap_or(("", &path));
    let strategies = known.iter().map(|strategy| (strategy.name, strategy.keys));
    let sections = SECTIONS.iter().map(|section| (section.name, section.keys));
    let mut keys = sections.chain(strategies).filter(|(name, _)| *name == section);
    let key = keys.find_map(|(_, keys)| keys.iter().find(|known| known.name == key));
    key.is_some_and(|key| match key.kind {
        OptionKind::Strategy
        | OptionKind::Choice(_)
        | OptionKind::Integer { .. }
        | OptionKind::Bool
        | OptionKind::Engine
        | OptionKind::Identifier
        | OptionKind::Identifiers
        | OptionKind::Path => true,
        OptionKind::Text | OptionKind::List | OptionKind::DatabaseUrl | OptionKind::Silences => {
            false
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, line: usize) -> Option<String> {
        Excerpt::in_text(text, line, &[]).map(|excerpt| excerpt.text)
    }

    #[test]
    fn values_of_known_keys_that_hold_no_secret_are_shown() {
        let text = "strategy = \"shared-schema\"\n[migrate]\n  jobs = 4 # four\n";
        assert_eq!(shown(text, 1).as_deref(), Some("strategy = \"shared-schema\""));
        assert_eq!(shown(text, 2).as_deref(), Some("[migrate]"));
        assert_eq!(shown(text, 3).as_deref(), Some("jobs = 4 # four"));
    }

    #[test]
    fn what_may_be_a_secret_is_not() {
        for line in [
            "url = \"postgres://u:s3cret@db/n\"",
            "ulr = \"postgres://u:s3cret@db/n\"",
            "database.url = 's3cret'",
            "password=s3cret",
            "jobs = 1\nurl = 's3cret'",
            "postgres://u:s3cret@db/n?a=b",
            "s3cret",
            "[s3cret://]",
            "\"s3cret\" = 1",
        ] {
            let text = format!("[database]\n{line}\n");
            for at in 0..=4 {
                let shown = shown(&text, at).unwrap_or_default();
                assert!(!shown.contains("s3cret"), "{line}: {shown}");
            }
        }
    }

    #[test]
    fn code_is_shown_without_addresses() {
        let shown = |text| Excerpt::in_code(text, 1).map(|excerpt| excerpt.text);
        assert_eq!(shown("  let a = b(\"c\");").as_deref(), Some("let a = b(\"c\");"));
        let address = "Database::connect(\"postgres://u:s3cret@db\").await?;";
        assert_eq!(shown(address).as_deref(), Some("Database::connect(…"));
        assert_eq!(shown("postgres://u:s3cret@db"), None);
    }

    #[test]
    fn a_line_that_is_not_there_is_not_shown() {
        assert_eq!(shown("", 1), None);
        assert_eq!(shown("a = 1", 0), None);
        assert_eq!(shown("a = 1", 9), None);
    }
}
