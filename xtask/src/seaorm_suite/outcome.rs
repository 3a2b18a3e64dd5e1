//! Running the tests, and what became of each.

use std::{collections::BTreeMap, process::Command};

use super::{Strategy, binaries::Binary};
use crate::{failure::Failure, postgres::Server, process};

/// What stands in the message of a test that failed since a statement was refused.
const REFUSED: &str = "tenant-bound statement";

/// How a line of the log begins that the tests write: dimmed.
const LOG_LINE: &str = "\u{1b}[2m";

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It passed.
    Passed,
    /// It failed in another way.
    Failed,
    /// It failed since scoping refused a statement.
    Refused,
}

/// What became of the tests, by `file::name`.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub(super) tests: BTreeMap<String, Outcome>,
    /// What the failed ones printed.
    pub(super) messages: BTreeMap<String, String>,
}

impl Outcomes {
    /// Runs tests, plain or under a strategy.
    pub(super) fn of(
        binaries: &[Binary],
        server: &Server,
        strategy: Option<Strategy>,
    ) -> Result<Self, Failure> {
        let title = strategy.map_or("plain SeaORM", Strategy::name);
        eprintln!("\nxtask: running {} files: {title}", binaries.len());
        let mut outcomes = Self::default();
        for binary in binaries {
            let mut command = Command::new(&binary.program);
            command.current_dir(&binary.folder).args(["--test-threads", "4"]);
            command.env("DATABASE_URL", base(&server.url()));
            if let Some(strategy) = strategy {
                command.env("TENANCY_SUITE_STRATEGY", strategy.name());
            }
            let (status, lines) = process::run_quietly(&mut command)?;
            let found = outcomes.read(&binary.file, &lines);
            if found == 0 && !status.success() {
                return Err(Failure::Setup(format!("`{}` did not run", binary.file)));
            }
        }
        Ok(outcomes)
    }

    /// Takes up what one binary printed, and tells how many tests it ran.
    fn read(&mut self, file: &str, lines: &[String]) -> usize {
        let before = self.tests.len();
        for line in lines {
            let result = line.strip_prefix("test ").and_then(|line| line.rsplit_once(" ... "));
            let outcome = match result {
                Some((_, "ok")) => Outcome::Passed,
                Some((_, "FAILED")) => Outcome::Failed,
                _ => continue,
            };
            let name = result.map_or("", |(name, _)| name);
            self.tests.insert(format!("{file}::{name}"), outcome);
        }
        let is_log = |line: &&String| line.starts_with(LOG_LINE);
        let lines: Vec<&str> =
            lines.iter().filter(|line| !is_log(line)).map(String::as_str).collect();
        let text = lines.join("\n");
        for block in text.split("\n---- ").skip(1) {
            let Some((name, message)) = block.split_once(" stdout ----") else { continue };
            let message = message.split("\nfailures:").next().unwrap_or(message).trim();
            let name = format!("{file}::{name}");
            if message.contains(REFUSED) {
                self.tests.insert(name.clone(), Outcome::Refused);
            }
            self.messages.insert(name, message.to_owned());
        }
        self.tests.len() - before
    }

    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.tests.values().filter(|found| **found == outcome).count()
    }
}

/// The server's address without a database, as SeaORM's tests expect it.
fn base(url: &str) -> &str {
    url.rsplit_once('/').map_or(url, |(base, _)| base)
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Outcomes};

    #[test]
    fn outcomes_are_read_from_what_is_printed() {
        let printed = "running 3 tests\ntest one ... ok\ntest two ... FAILED\ntest three ... FAILED\n\
                       \nfailures:\n\n---- two stdout ----\nleft: 1\nright: 2\n\n\
                       ---- three stdout ----\nError converting `statement` into `tenant-bound \
                       statement`: no\n\nfailures:\n    two";
        let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
        let mut outcomes = Outcomes::default();
        assert_eq!(outcomes.read("file", &lines), 3);
        assert_eq!(outcomes.tests["file::one"], Outcome::Passed);
        assert_eq!(outcomes.tests["file::two"], Outcome::Failed);
        assert_eq!(outcomes.tests["file::three"], Outcome::Refused);
        assert_eq!(outcomes.messages["file::two"], "left: 1\nright: 2");
    }
}
