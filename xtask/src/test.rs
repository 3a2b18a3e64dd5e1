//! `cargo xtask test`: everything that has to pass, in the order in which failing is cheapest.

mod part;
mod report;
mod summary;

use std::time::Instant;

use clap::Args;

use self::{
    part::{Context, Part},
    report::Report,
};
use crate::{
    failure::Failure,
    install, interrupt,
    postgres::{Binaries, Server},
};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Run these parts only (comma-separated).
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,

    /// Go on after a part that fails.
    #[arg(long)]
    keep_going: bool,

    /// Passed on to the test runner, after `--`; for example `-- isolation`.
    #[arg(last = true, value_name = "FILTER")]
    filter: Vec<String>,
}

impl Options {
    fn parts(&self) -> Vec<Part> {
        let chosen = |part: &Part| self.only.is_empty() || self.only.contains(part);
        Part::ALL.into_iter().filter(chosen).collect()
    }
}

/// Runs the chosen parts, and reports also when one of them, or a signal, ends the run.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let parts = options.parts();
    let binaries = prepare(&parts)?;
    let mut context = Context::new(options.filter.clone());
    let mut report = Report::default();
    let result =
        run_parts(&parts, options.keep_going, binaries.as_ref(), &mut context, &mut report);
    let stopped = context.server.take().map_or(Ok(()), Server::stop);
    report.print();
    result.and(stopped)
}

fn run_parts(
    parts: &[Part],
    keep_going: bool,
    binaries: Option<&Binaries>,
    context: &mut Context,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for &part in parts {
        interrupt::check()?;
        if part.needs_database() && context.server.is_none() {
            let server = server(binaries)?;
            report.database(server.describe());
            report.database(summary::sqlite());
            context.server = Some(server);
        }
        eprintln!("\nxtask: {part}: {}", part.title());
        let start = Instant::now();
        match part.run(context) {
            Ok(note) => report.passed(part, start.elapsed(), note),
            Err(Failure::Check(reason)) => {
                report.failed(part, start.elapsed(), &reason);
                failed.push(part.to_string());
                if !keep_going {
                    break;
                }
            }
            Err(other) => return Err(other),
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Check(format!("failed: {}", failed.join(", "))))
    }
}

/// Makes sure that what the parts need is there, before the first of them takes its time.
/// Returns the PostgreSQL binaries when a server has to be started.
fn prepare(parts: &[Part]) -> Result<Option<Binaries>, Failure> {
    let server = parts.iter().any(Part::needs_database) && Server::given().is_none();
    let compiler = parts.iter().any(Part::compiles);
    let mut binaries = if server { Binaries::find() } else { None };
    let mut needs = Vec::new();
    if compiler {
        needs.push(install::C_COMPILER);
    }
    if parts.iter().any(Part::needs_browser) {
        needs.extend([install::BROWSER, install::WRK]);
    }
    let mut missing = install::missing_programs(&needs);
    if server && binaries.is_none() {
        missing.push(install::POSTGRES);
    }
    install::provide(&missing)?;
    if server && binaries.is_none() {
        binaries = Some(Binaries::find().ok_or_else(|| {
            Failure::Setup("PostgreSQL was installed, but its programs are not found".to_owned())
        })?);
    }
    Ok(binaries)
}

fn server(binaries: Option<&Binaries>) -> Result<Server, Failure> {
    if let Some(server) = Server::given() {
        return Ok(server);
    }
    let binaries = binaries
        .ok_or_else(|| Failure::Setup("no PostgreSQL binaries were looked for".to_owned()))?;
    eprintln!("\nxtask: starting a private PostgreSQL server");
    Server::start(binaries)
}
