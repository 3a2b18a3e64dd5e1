//! What `cargo xtask test` prints at its end.

use std::time::Duration;

use super::Part;

/// The parts that ran, the databases they ran against, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<String>,
    databases: Vec<String>,
    left_out: Vec<String>,
}

impl Report {
    pub(super) fn passed(&mut self, part: Part, elapsed: Duration, note: Option<String>) {
        self.line(part, "ok", elapsed, &note.unwrap_or_default());
    }

    pub(super) fn failed(&mut self, part: Part, elapsed: Duration, reason: &str) {
        self.line(part, "FAILED", elapsed, reason);
    }

    pub(super) fn database(&mut self, database: String) {
        self.databases.push(database);
    }

    pub(super) fn left_out(&mut self, what: &[String]) {
        self.left_out.extend_from_slice(what);
    }

    fn line(&mut self, part: Part, result: &str, elapsed: Duration, note: &str) {
        let seconds = elapsed.as_secs_f64();
        let part = part.to_string();
        let line = format!("  {part:<11} {result:<7} {seconds:>7.1} s  {note}");
        self.lines.push(line.trim_end().to_owned());
    }

    pub(super) fn print(&self) {
        if self.lines.is_empty() {
            return;
        }
        eprintln!("\nxtask:");
        for line in &self.lines {
            eprintln!("{line}");
        }
        for (what, list) in [("database", &self.databases), ("left out", &self.left_out)] {
            for one in list {
                eprintln!("  {what}: {one}");
            }
        }
    }
}
