//! SIGINT, SIGTERM and SIGHUP: passed on to the command that runs, so that it ends before we do.
//!
//! Commands run in process groups of their own. A Ctrl-C then arrives here only, is passed on
//! exactly once (a second one would make cargo-nextest abandon its tests), and reaches the
//! command in the same way when the signal was sent to this process alone.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::failure::Failure;

/// How long a command may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(15);

static STATE: Mutex<State> = Mutex::new(State { interrupted: false, group: None });

struct State {
    interrupted: bool,
    /// The process group of the command that runs.
    group: Option<Pid>,
}

/// Installs the handler.
pub(crate) fn listen() -> Result<(), Failure> {
    ctrlc::set_handler(interrupt).map_err(|error| Failure::setup("listen for signals", error))
}

fn interrupt() {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    let first = !std::mem::replace(&mut state.interrupted, true);
    let Some(group) = state.group else { return };
    if first {
        eprintln!("\nxtask: interrupted, waiting for the running command to end");
        // Not SIGINT: a shell that starts us in the background has it ignored.
        signal(group, Signal::SIGTERM);
        thread::spawn(move || {
            thread::sleep(GRACE);
            let state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
            if state.group == Some(group) {
                signal(group, Signal::SIGKILL);
            }
        });
    } else {
        signal(group, Signal::SIGKILL);
    }
}

/// Remembers the command that runs, as long as the returned value lives.
pub(crate) fn running(id: u32) -> Running {
    let group = i32::try_from(id).ok().map(Pid::from_raw);
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.group = group;
    if state.interrupted
        && let Some(group) = group
    {
        signal(group, Signal::SIGTERM);
    }
    Running { group }
}

/// A command that signals are passed on to.
#[derive(Debug)]
pub(crate) struct Running {
    group: Option<Pid>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        state.group = None;
        if state.interrupted
            && let Some(group) = self.group
        {
            // The command has ended; what it started must not outlive it.
            signal(group, Signal::SIGKILL);
        }
    }
}

/// Fails when a signal has asked for the end.
pub(crate) fn check() -> Result<(), Failure> {
    let state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    if state.interrupted { Err(Failure::Interrupted) } else { Ok(()) }
}

/// Signals a group. That it is gone already is no error.
fn signal(group: Pid, signal: Signal) {
    killpg(group, signal).ok();
}
