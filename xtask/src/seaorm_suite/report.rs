//! What `cargo xtask seaorm-suite` prints at its end, and whether it fails.

use super::{
    Strategy,
    difference::Difference,
    outcome::{Outcome, Outcomes},
};
use crate::failure::Failure;

/// The lines of a message that are shown.
const SHOWN: usize = 12;

/// The outcomes of all runs.
#[derive(Debug)]
pub(super) struct Report {
    baseline: Outcomes,
    runs: Vec<(Strategy, Outcomes)>,
    /// Whether all of the tests ran.
    complete: bool,
}

impl Report {
    pub(super) fn new(baseline: Outcomes, complete: bool) -> Self {
        Self { baseline, runs: Vec::new(), complete }
    }

    pub(super) fn add(&mut self, strategy: Strategy, outcomes: Outcomes) {
        self.runs.push((strategy, outcomes));
    }

    pub(super) fn print(&self) {
        let failed = self.baseline.count(Outcome::Passed).abs_diff(self.baseline.tests.len());
        eprintln!("\nxtask: plain SeaORM: {} tests, {failed} failed", self.baseline.tests.len());
        for (strategy, outcomes) in &self.runs {
            let missing = self.baseline.tests.keys().filter(|t| !outcomes.tests.contains_key(*t));
            eprintln!(
                "\nxtask: {}: {} passed, {} failed, {} refused, {} left out",
                strategy.name(),
                outcomes.count(Outcome::Passed),
                outcomes.count(Outcome::Failed),
                outcomes.count(Outcome::Refused),
                missing.count(),
            );
            for test in self.differences(outcomes) {
                print_difference(test, *strategy, outcomes);
            }
        }
    }

    /// The tests that pass plain and not here.
    fn differences<'a>(&'a self, outcomes: &'a Outcomes) -> impl Iterator<Item = &'a str> {
        let tests = self.baseline.tests.keys();
        let differ = |test: &&String| outcomes.tests.get(*test) != Some(&Outcome::Passed);
        tests.filter(differ).map(String::as_str)
    }

    /// Fails for a test without an explanation, an explanation without need, and too few that pass.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        if self.baseline.count(Outcome::Passed) != self.baseline.tests.len() {
            wrong.push("plain SeaORM fails tests of its own".to_owned());
        }
        for (strategy, outcomes) in &self.runs {
            let name = strategy.name();
            let unexplained =
                self.differences(outcomes).filter(|t| Difference::of(t, *strategy).is_none());
            wrong.extend(unexplained.map(|test| format!("{name}: `{test}` is not explained")));
            let passed = outcomes.tests.iter().filter(|(_, is)| **is == Outcome::Passed);
            let stale = passed.filter(|(test, _)| Difference::of(test, *strategy).is_some());
            wrong.extend(stale.map(|(test, _)| format!("{name}: `{test}` passes by now")));
            let passed = outcomes.count(Outcome::Passed);
            let required = strategy.required();
            if self.complete && passed < required {
                wrong.push(format!("{name}: {passed} passed, less than {required}"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Failure::Check(wrong.join("\n"))) }
    }
}

fn print_difference(test: &str, strategy: Strategy, outcomes: &Outcomes) {
    let outcome = match outcomes.tests.get(test) {
        Some(Outcome::Refused) => "refused",
        Some(Outcome::Failed | Outcome::Passed) => "failed",
        None => "left out",
    };
    let Some(difference) = Difference::of(test, strategy) else {
        eprintln!("  {test} ({outcome}): NOT EXPLAINED");
        let message = outcomes.messages.get(test).map_or("", String::as_str);
        message.lines().take(SHOWN).for_each(|line| eprintln!("      {line}"));
        return;
    };
    eprintln!("  {test} ({outcome}): {}", difference.why);
}
