//! One line about a run of tests, taken from what the runner printed.

use std::fs;

use crate::cargo;

/// Returns cargo-nextest's own summary, or the sum of what `cargo test` says for each binary.
pub(super) fn of_tests(lines: &[String]) -> Option<String> {
    let plain: Vec<String> = lines.iter().map(|line| without_colour(line)).collect();
    of_nextest(&plain).or_else(|| of_libtest(&plain))
}

fn of_nextest(lines: &[String]) -> Option<String> {
    let summary = lines.iter().rev().find(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, summary) = summary.split_once(']')?;
    Some(summary.trim().to_owned())
}

fn of_libtest(lines: &[String]) -> Option<String> {
    let results: Vec<&str> =
        lines.iter().filter_map(|line| line.strip_prefix("test result: ")).collect();
    let sum = |what: &str| -> u64 { results.iter().filter_map(|line| count(line, what)).sum() };
    let (passed, failed, ignored) = (sum("passed"), sum("failed"), sum("ignored"));
    let run = passed + failed;
    (!results.is_empty())
        .then(|| format!("{run} tests run: {passed} passed, {failed} failed, {ignored} ignored"))
}

/// Reads `12` from `ok. 12 passed; 0 failed`.
fn count(line: &str, what: &str) -> Option<u64> {
    let (before, _) = line.split_once(&format!(" {what}"))?;
    before.rsplit(' ').next()?.parse().ok()
}

/// Removes the escape sequences of colours.
fn without_colour(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, text)| text));
    }
    plain
}

/// Says which SQLite the tests ran on: the one that is compiled in.
pub(super) fn sqlite() -> String {
    let package = "libsqlite3-sys";
    let version = fs::read_to_string(cargo::workspace().join("Cargo.lock"))
        .ok()
        .and_then(|lock| locked_version(&lock, package));
    let version = version.unwrap_or_else(|| "of unknown version".to_owned());
    format!("SQLite (compiled in by {package} {version})")
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    entry.split_once('"').map(|(version, _)| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{locked_version, of_tests};

    fn summary(text: &str) -> Option<String> {
        of_tests(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn nextest_is_quoted() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   1.150s] \u{1b}[1m11\u{1b}[0m tests run: \
                    11 \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(summary(line).as_deref(), Some("11 tests run: 11 passed, 0 skipped"));
    }

    #[test]
    fn the_binaries_of_cargo_test_are_added_up() {
        let text = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured\nother\n\
                    test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured";
        let expected = "17 tests run: 15 passed, 2 failed, 1 ignored";
        assert_eq!(summary(text).as_deref(), Some(expected));
    }

    #[test]
    fn no_run_has_no_summary() {
        assert_eq!(summary("error: could not compile"), None);
    }

    #[test]
    fn a_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"libsqlite3-sys\"\nversion = \"0.37.0\"\nsource = \"\"\n";
        assert_eq!(locked_version(lock, "libsqlite3-sys").as_deref(), Some("0.37.0"));
    }
}
