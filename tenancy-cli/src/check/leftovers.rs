//! Checks for what other frameworks have left behind: `LFT001` and on.

pub(super) mod apartment;
pub(super) mod django_tenants;

use tenancy_core::check::{CheckDescription, Finding, Source};

use super::source::TextFile;

/// What a line may say: the name of it, and how it is recognised.
type Word = (&'static str, fn(&str) -> bool);

/// Reports a file that names some of these words, at each first line of one.
fn find_words(
    check: &CheckDescription,
    file: &TextFile,
    framework: &str,
    words: &[Word],
) -> Option<Finding> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        let code = text.split('#').next().unwrap_or_default();
        for (name, is_there) in words {
            if is_there(code) && found.iter().all(|(known, _)| known != name) {
                found.push((name, line));
            }
        }
    }
    let (_, first) = found.first()?;
    let names: Vec<String> = found.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("{framework} is still set up: {}", names.join(", "));
    let mut finding = Finding::new(check, message).at(Source::line(file.path.clone(), *first));
    let mut lines: Vec<usize> = found.iter().map(|(_, line)| *line).collect();
    lines.dedup();
    finding.related.extend(lines.into_iter().skip(1).map(|line| Source::line(&file.path, line)));
    Some(finding)
}
