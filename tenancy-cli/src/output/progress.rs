//! Shows a long run as it goes: a bar on a terminal, else a line for each tenant.

use std::{
    fmt,
    io::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tenancy_core::{Slug, migrate::TenantOutcome};

use crate::terminal::Stream;

/// Shows a long run as it goes.
pub(crate) struct Progress<'a> {
    stderr: &'a Mutex<Stream>,
    bar: Option<ProgressBar>,
    silent: bool,
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("silent", &self.silent).finish_non_exhaustive()
    }
}

impl<'a> Progress<'a> {
    /// Shows a bar for so many tenants, or a line for each.
    pub(super) fn shown(stderr: &'a Mutex<Stream>, tenants: Option<u64>) -> Self {
        Self { stderr, bar: tenants.map(|tenants| bar("migrating", tenants)), silent: false }
    }

    /// Shows a bar for so many tenants, or nothing: the answer has a line for each.
    pub(super) fn bar_only(
        stderr: &'a Mutex<Stream>,
        doing: &'static str,
        tenants: Option<u64>,
    ) -> Self {
        Self { stderr, bar: tenants.map(|tenants| bar(doing, tenants)), silent: true }
    }

    /// Shows nothing.
    pub(super) fn silent(stderr: &'a Mutex<Stream>) -> Self {
        Self { stderr, bar: None, silent: true }
    }

    /// Goes on to the next tenant.
    pub(crate) fn step(&self, tenant: &Slug) {
        if let Some(bar) = &self.bar {
            bar.set_message(tenant.to_string());
            bar.inc(1);
        }
    }

    /// Tells how a tenant has ended.
    pub(crate) fn tell(&self, outcome: &TenantOutcome) {
        if self.bar.is_some() {
            self.step(&outcome.tenant);
        } else if !self.silent {
            let mut stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
            // A line that cannot be shown must not stop the run.
            let _ = writeln!(stderr.writer, "{} {}", outcome.outcome.word(), outcome.tenant);
        }
    }

    /// Says something about the run as a whole.
    pub(crate) fn note(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.println(text);
        } else if !self.silent {
            let mut stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
            // A line that cannot be shown must not stop the run.
            let _ = writeln!(stderr.writer, "{text}");
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(doing: &str, tenants: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(tenants), ProgressDrawTarget::stderr());
    let template = format!("{doing} [{{bar:30}}] {{pos}}/{{len}} {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
