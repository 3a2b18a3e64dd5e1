//! The rules, each a function of one file.

use std::path::Path;

/// Names that say nothing about what is inside.
const VAGUE: [&str; 8] =
    ["utils", "util", "common", "helpers", "helper", "types", "misc", "constants"];

/// Beginnings of paths that exist on one person's machine only.
const PRIVATE: [&str; 4] =
    [concat!("/", "home/"), concat!("/", "root/"), concat!("/", "Users/"), concat!("/", "work/")];

/// What is wrong with a file's name.
pub(super) fn of_name(path: &Path) -> Option<String> {
    if path.extension()? != "rs" {
        return None;
    }
    if path.file_name()? == "mod.rs" {
        return Some("a module is a file beside its folder, not a `mod.rs` in it".to_owned());
    }
    let mut names = path.iter().filter_map(|name| name.to_str());
    let vague = names.find(|name| VAGUE.contains(&name.trim_end_matches(".rs")))?;
    Some(format!("`{vague}` does not say what is inside"))
}

/// What is wrong with a file's text, each with its line.
pub(super) fn of_text(path: &Path, text: &str) -> Vec<(usize, String)> {
    let rust = path.extension().is_some_and(|extension| extension == "rs");
    let markdown = path.extension().is_some_and(|extension| extension == "md");
    let mut findings = Vec::new();
    if rust && !is_sample(path) && !has_header(text) {
        findings.push((1, "the first line does not say what the file holds (`//! …`)".to_owned()));
    }
    for (line, text) in (1..).zip(text.lines()) {
        if (rust || markdown) && is_ignored_fence(text) {
            findings.push((line, "an `ignore` fence: what is shown has to compile".to_owned()));
        }
        if let Some(start) = private_path(text) {
            findings.push((line, format!("a path of one machine: `{start}…`")));
        }
    }
    findings
}

/// Material of tests is allowed to be anything.
fn is_sample(path: &Path) -> bool {
    path.iter().any(|name| name == "fixtures" || name == "ui")
}

fn has_header(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.starts_with("//! ") || first.starts_with("#![doc = include_str!(")
}

fn is_ignored_fence(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).unwrap_or(line);
    let Some(info) = line.trim_start().strip_prefix("```") else { return false };
    info.split(',').any(|word| word.trim() == "ignore" || word.trim().starts_with("ignore-"))
}

/// Finds a path that begins a word; elsewhere the same letters are part of another path.
fn private_path(line: &str) -> Option<&'static str> {
    PRIVATE.into_iter().find(|start| {
        line.match_indices(start).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|before| !before.is_alphanumeric() && !"/.-_}~".contains(before))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{of_name, of_text};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        of_text(Path::new(path), text).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_vague_name_is_found() {
        for path in ["a/src/utils.rs", "a/src/types/key.rs", "a/src/scope/mod.rs"] {
            assert!(of_name(Path::new(path)).is_some(), "{path}");
        }
        for path in ["a/src/typesetting.rs", "a/src/scope.rs", "docs/common/notes.md"] {
            assert_eq!(of_name(Path::new(path)), None, "{path}");
        }
    }

    #[test]
    fn a_missing_header_is_found_except_in_samples() {
        assert_eq!(lines("a/src/a.rs", "use x;\n"), [1]);
        assert_eq!(lines("a/src/a.rs", ""), [1]);
        assert!(lines("a/src/a.rs", "//! Says it.\n").is_empty());
        assert!(lines("a/tests/fixtures/a.rs", "use x;\n").is_empty());
    }

    #[test]
    fn an_ignored_fence_is_found() {
        let fence = "`".repeat(3);
        assert_eq!(lines("a.rs", &format!("//! Says it.\n/// {fence}ignore\n/// {fence}\n")), [2]);
        assert_eq!(lines("a.md", &format!("{fence}rust,ignore\n{fence}\n")), [1]);
        assert!(lines("a.md", &format!("{fence}rust,no_run\n{fence}\n")).is_empty());
    }

    #[test]
    fn a_private_path_is_found() {
        let home = concat!("/", "home/");
        assert_eq!(lines("a.md", &format!("see `{home}me/notes`")), [1]);
        assert!(lines("a.md", &format!("https://example.com{home}me")).is_empty());
    }
}
