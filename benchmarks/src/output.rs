//! What is printed: one value a line.
#![expect(clippy::print_stdout, reason = "what is measured is what this program is for")]

use std::time::Duration;

pub(crate) use tenancy_core::testing::measuring::percentile;

/// What values are of: a row of the tables, and who did the work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) row: &'static str,
    pub(crate) side: &'static str,
}

impl Output {
    /// Prints a value of a case, seen with so many tenants.
    pub(crate) fn say(self, case: &str, tenants: usize, measure: &str, value: f64) {
        let Self { row, side } = self;
        let line = serde_json::json!({
            "row": row, "side": side, "case": case, "tenants": tenants,
            "measure": measure, "value": value,
        });
        println!("{line}");
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
