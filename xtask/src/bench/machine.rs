//! The machine of a run, in general terms.

use std::{fs, process::Command, thread, time::Duration};

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
            cores: cores(),
            memory_gb: memory(),
            rust: rust.unwrap_or("of unknown version").to_owned(),
        }
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes.div_ceil(1024 * 1024))
}

/// For how long the machine is watched.
const WATCHED: Duration = Duration::from_secs(2);

/// How much of a core may be at work when a side begins.
const QUIET: f64 = 0.2;

/// How often it is looked whether the machine is quiet, before a side begins anyway.
const LOOKS: usize = 60;

/// Waits until what the side before has left behind is done, and tells how many cores are at work then:
/// its databases are dropped when it has ended, and the files of thousands of schemas take seconds.
pub(super) fn settled() -> Option<f64> {
    let mut load = load()?;
    for _ in 1..LOOKS {
        if load < QUIET {
            break;
        }
        load = self::load()?;
    }
    Some(load)
}

/// How many cores are at work, on average over two seconds, be it for others on the same hardware.
fn load() -> Option<f64> {
    let (work, all) = ticks()?;
    thread::sleep(WATCHED);
    let (work_now, all_now) = ticks()?;
    let passed = all_now.saturating_sub(all);
    (passed > 0).then(|| work_now.saturating_sub(work) as f64 * cores() as f64 / passed as f64)
}

/// The time that all cores have worked, and the time that has passed for them
/// (<https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat>).
fn ticks() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let all = text.lines().next()?.strip_prefix("cpu ")?;
    // Guests are counted among users as well.
    let ticks: Vec<u64> =
        all.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [user, nice, system, idle, waiting, interrupts, soft_interrupts, stolen] = ticks[..] else {
        return None;
    };
    let work = user + nice + system + interrupts + soft_interrupts + stolen;
    Some((work, work + idle + waiting))
}
