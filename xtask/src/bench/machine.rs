//! The machine of a run, in general terms.

use std::{fs, process::Command, thread};

use crate::process;

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) date: String,
    pub(super) cores: usize,
    pub(super) memory_gb: Option<u64>,
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
            rust: rust.unwrap_or("of unknown version").to_owned(),
        }
    }
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes.div_ceil(1024 * 1024))
}

/// How many processes want to run, over a minute.
pub(super) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
