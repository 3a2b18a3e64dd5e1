//! The machine of a run, in general terms.

use std::{fs, process::Command, thread};

use crate::process;

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) date: String,
    pub(super) cores: usize,
    pub(super) memory_gb: Option<u64>,
    /// How many processes wanted to run when the run began.
    pub(super) load: Option<f64>,
    pub(super) rust: String,
}

impl Machine {
    pub(super) fn look() -> Self {
        let version = process::read(Command::new("rustc").arg("--version"));
        let rust = version.as_deref().and_then(|text| text.split_whitespace().nth(1));
        Self {
            date: process::read(Command::new("date").args(["-u", "+%F"])).unwrap_or_default(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_gb: memory(),
            load: load(),
            rust: rust.unwrap_or("of unknown version").to_owned(),
        }
    }

    /// Whether others were at work when the run began.
    pub(super) fn was_busy(&self) -> bool {
        self.load.is_some_and(|load| load > 0.5)
    }
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes.div_ceil(1024 * 1024))
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
