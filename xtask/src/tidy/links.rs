//! Relative links in Markdown: each leads to a file that is there, and to a heading that is.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// What is wrong with the links of a file, each with its line.
pub(super) fn check(root: &Path, path: &Path, text: &str) -> Vec<(usize, String)> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_book = path.starts_with("docs");
    let mut findings = Vec::new();
    for (line, target) in targets(text) {
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let linked = if file.is_empty() { path.to_owned() } else { normal(&folder.join(file)) };
        if !root.join(&linked).exists() {
            findings.push((line, format!("the link `{target}` leads nowhere")));
        } else if is_book && !linked.starts_with("docs") {
            // The pages of the book stand by themselves.
            findings.push((line, format!("the link `{target}` leads out of the book")));
        } else if !heading.is_empty() && !has_heading(&root.join(&linked), heading) {
            findings.push((line, format!("the link `{target}` leads to no heading")));
        }
    }
    findings
}

/// Targets of links and pictures that are no addresses, outside of code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            let Some(target) = rest.split([')', ' ']).next() else { continue };
            // Links into code, as rustdoc resolves them, have no dot.
            if !target.contains("://") && (target.contains('.') || target.starts_with('#')) {
                found.push((number, target));
            }
        }
    }
    found
}

/// Takes `.` and `..` away.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                normal.push(component);
            }
        }
    }
    normal
}

fn has_heading(file: &Path, heading: &str) -> bool {
    let Ok(text) = fs::read_to_string(file) else { return false };
    let titles = text
        .lines()
        .filter_map(|line| line.strip_prefix('#').map(|line| line.trim_start_matches('#').trim()));
    titles.map(anchor).any(|anchor| anchor == heading)
}

/// The anchor that GitHub and mdBook give a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{anchor, check};

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("docs")).unwrap();
        fs::write(root.path().join("docs/a.md"), "# A page, of `two`\n").unwrap();
        fs::write(root.path().join("README.md"), "").unwrap();
        let count = |text: &str| check(root.path(), Path::new("docs/b.md"), text).len();
        for text in ["[a](a.md)", "[a](a.md#a-page-of-two)", "[a](https://example.com/x.md)"] {
            assert_eq!(count(text), 0, "{text}");
        }
        for text in ["[a](c.md)", "[a](a.md#nothing)", "[a](../README.md)", "![a](a.svg)"] {
            assert_eq!(count(text), 1, "{text}");
        }
        let fence = "`".repeat(3);
        assert_eq!(count(&format!("{fence}text\n[a](c.md)\n{fence}\n")), 0);
    }

    #[test]
    fn an_anchor_is_what_a_browser_jumps_to() {
        assert_eq!(anchor("CFG001 unreadable-file"), "cfg001-unreadable-file");
        assert_eq!(anchor("What `check` finds, by code"), "what-check-finds-by-code");
    }
}
