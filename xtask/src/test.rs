//! `cargo xtask test`: everything that has to pass, in the order in which failing is cheapest.

mod part;
mod report;
mod summary;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;

use self::{
    part::{Context, Part},
    report::Report,
};
use crate::{
    debian::POSTGRES_17,
    failure::Failure,
    install, interrupt, mariadb,
    pooler::{self, Pooler, Poolers},
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

    /// Leave nothing out for its time: the tests against each server of the matrix, directly and
    /// through a pooler, and what else takes minutes.
    #[arg(long)]
    matrix: bool,

    /// Passed on to the test runner, after `--`; for example `-- isolation`.
    #[arg(last = true, value_name = "FILTER")]
    filter: Vec<String>,
}

impl Options {
    fn parts(&self) -> Vec<Part> {
        let chosen = |part: &Part| match self.only.as_slice() {
            [] => self.matrix || !part.is_for_matrix(),
            only => only.contains(part),
        };
        Part::ALL.into_iter().filter(chosen).collect()
    }
}

/// Runs the chosen parts, and reports also when one of them, or a signal, ends the run.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let parts = options.parts();
    let binaries = prepare(&parts)?;
    let needs_database = parts.iter().any(Part::needs_database);
    let poolers = if needs_database { Poolers::obtain()? } else { Poolers::default() };
    let further = if needs_database && options.matrix { further()? } else { Vec::new() };
    let mut report = Report::default();
    report.left_out(poolers.left_out());
    let mut context = Context::new(options.filter.clone(), options.matrix, poolers);
    let result =
        run_parts(&parts, options.keep_going, binaries.as_ref(), &mut context, &mut report)
            .and_then(|()| {
                run_matrix(&parts, further, options.keep_going, &mut context, &mut report)
            });
    let stopped = end(&mut context);
    report.print();
    result.and(stopped)
}

/// The servers of the matrix after the first: each with the reason why it is left out, or ready.
fn further() -> Result<Vec<Result<Binaries, String>>, Failure> {
    let found = pooler::obtain(&POSTGRES_17)?;
    let folder = |executables: Vec<PathBuf>| executables.first()?.parent().map(Path::to_owned);
    Ok(vec![found.and_then(|executables| {
        folder(executables).map(Binaries::at).ok_or_else(|| "a program without a folder".to_owned())
    })])
}

/// Runs what depends on the server against each further one.
fn run_matrix(
    parts: &[Part],
    further: Vec<Result<Binaries, String>>,
    keep_going: bool,
    context: &mut Context,
    report: &mut Report,
) -> Result<(), Failure> {
    let parts: Vec<Part> =
        parts.iter().copied().filter(|part| Part::FOR_EACH_SERVER.contains(part)).collect();
    for binaries in further {
        match binaries {
            Ok(binaries) => {
                end(context)?;
                context.is_further = true;
                context.server = Some(Server::start(&binaries)?);
                run_parts(&parts, keep_going, None, context, report)?;
            }
            Err(left_out) => report.left_out(&[left_out]),
        }
    }
    Ok(())
}

/// Stops the servers, and what stands before one.
fn end(context: &mut Context) -> Result<(), Failure> {
    drop(context.pooler.take());
    let stopped = context.mariadb.take().map_or(Ok(()), mariadb::Server::stop);
    context.server.take().map_or(Ok(()), Server::stop).and(stopped)
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
        if part.needs_database() {
            provide(part, binaries, context, report)?;
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

/// Starts the server that a part needs, and the pooler before it.
fn provide(
    part: Part,
    binaries: Option<&Binaries>,
    context: &mut Context,
    report: &mut Report,
) -> Result<(), Failure> {
    if context.server.is_none() {
        context.server = Some(server(binaries)?);
    }
    let Some(server) = &context.server else { return Ok(()) };
    match part {
        Part::Tests => {
            report.database(format!("{}, directly", server.describe()));
            if !context.is_further {
                report.database(summary::sqlite());
                let mariadb = mariadb::Server::obtain()?;
                report.database(mariadb.describe());
                context.mariadb = Some(mariadb);
            }
        }
        Part::Pooler => {
            if let Some(program) = context.poolers.tracking() {
                let pooler = Pooler::start(program, &server.url())?;
                report.database(format!("{}, {}", server.describe(), pooler.describe()));
                context.pooler = Some(pooler);
            }
        }
        Part::Fmt
        | Part::Tidy
        | Part::Package
        | Part::Clippy
        | Part::Features
        | Part::Docs
        | Part::Doctests
        | Part::Book
        | Part::Deny
        | Part::OldestRust
        | Part::Publish => {}
    }
    Ok(())
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
        needs.extend([install::BROWSER, install::CURL, install::WRK]);
    }
    let mut missing = install::missing_programs(&needs);
    if parts.contains(&Part::Tests) {
        missing.extend(mariadb::missing());
    }
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
