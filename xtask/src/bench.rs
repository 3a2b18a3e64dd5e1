//! `cargo xtask bench`: what the strategies cost beside the same work done by hand and beside others,
//! measured in one run on a private PostgreSQL server, written into the book.

mod kept;
mod machine;
mod page;
mod peers;
mod picture;
mod row;
mod value;

use std::{fs, path::PathBuf, process::Command};

use clap::Args;

use self::{kept::Kept, machine::Machine, page::Run, row::Row, value::Value};
use crate::{
    cargo,
    failure::Failure,
    postgres::Server,
    process::{self, run_and_keep},
};

/// The packages that have benchmarks of parts, made with Criterion.
const PARTS: [&str; 2] = ["tenancy-schema-per-tenant", "tenancy-shared-schema"];

/// The program that measures the strategies, and the same by hand.
const PROGRAM: &str = "tenancy-benchmarks";

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Few tenants and short measurements, to see that all of it works.
    #[arg(long)]
    quick: bool,
    /// Go on with a run that was cut off: rows that it has measured are not measured again.
    #[arg(long)]
    resume: bool,
    /// Measure this row only, and print its tables instead of writing the book's page. A run that is
    /// resumed has it then.
    #[arg(long, value_name = "ROW")]
    only: Option<Row>,
    /// The most tenants, for every row.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tenants: Option<u32>,
    /// The Python that the peers are installed for; a `python3` in PATH that is new enough otherwise.
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Run the benchmarks of parts instead, which Criterion compares with their last run.
    #[arg(long)]
    parts: bool,
    /// Passed on to the benchmarks of parts, after `--`; for example `--parts -- insert`.
    #[arg(last = true, value_name = "FILTER", requires = "parts")]
    filter: Vec<String>,
}

impl Options {
    fn rows(&self) -> Vec<Row> {
        self.only.map_or_else(|| Row::ALL.to_vec(), |row| vec![row])
    }

    fn tenants(&self, row: Row) -> u32 {
        self.tenants.unwrap_or_else(|| row.tenants(self.quick))
    }

    /// The arguments of whoever measures a row.
    fn arguments(&self, row: Row) -> Vec<String> {
        let mut arguments = vec!["--tenants".to_owned(), self.tenants(row).to_string()];
        arguments.extend(self.quick.then(|| "--quick".to_owned()));
        arguments
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.parts {
        return parts(options);
    }
    let program = build()?;
    let peers = peers::prepare(&cargo::target(), options.python.as_deref())?;
    let mut kept = Kept::open(options.quick);
    if !options.resume && options.only.is_none() {
        kept.forget()?;
    }
    let server = Server::for_benchmarks()?;
    let measured = measure(options, &program, &peers, &server, &mut kept);
    let description = server.describe();
    server.stop()?;
    measured?;
    let run = Run {
        machine: Machine::look(),
        load: kept.load(),
        server: description,
        is_quick: options.quick,
        peers: peers.description(),
        values: kept.into_values(),
    };
    match options.only {
        Some(row) => {
            eprint!("\n{}", page::section(row, &run.values));
            Ok(())
        }
        None => write(&run),
    }
}

fn build() -> Result<PathBuf, Failure> {
    let mut command = cargo::command();
    command.args(["build", "--release", "--package", PROGRAM]);
    if !process::run(&mut command)?.success() {
        return Err(Failure::Check(format!("{PROGRAM} does not build")));
    }
    Ok(cargo::target().join("release").join(PROGRAM))
}

/// Measures the rows that are wanted, and keeps each when all sides of it have been measured.
fn measure(
    options: &Options,
    program: &PathBuf,
    peers: &peers::Peers,
    server: &Server,
    kept: &mut Kept,
) -> Result<(), Failure> {
    for row in options.rows() {
        if options.resume && options.only.is_none() && kept.has(row) {
            eprintln!("xtask: {} was measured before", row.name());
            continue;
        }
        let mut loads = Vec::new();
        let mut values = Vec::new();
        for strategy in row.strategies() {
            eprintln!("xtask: {}, {strategy}", row.name());
            let mut command = Command::new(program);
            server.serve(&mut command, row.name());
            command.args(["row", row.name(), strategy]).args(options.arguments(row));
            loads.extend(machine::settled());
            values.extend(read(&mut command)?);
        }
        for mut command in peers.commands(row, &server.url(), program) {
            command.args(options.arguments(row));
            loads.extend(machine::settled());
            values.extend(read(&mut command)?);
        }
        let load = loads.into_iter().reduce(f64::max);
        kept.keep(row, load, values)?;
    }
    Ok(())
}

/// The values that a program prints.
fn read(command: &mut Command) -> Result<Vec<Value>, Failure> {
    let (status, lines) = run_and_keep(command)?;
    if status.success() {
        Ok(lines.iter().filter_map(|line| Value::parse(line)).collect())
    } else {
        let program = command.get_program().display();
        Err(Failure::Check(format!("`{program}` could not measure all it should")))
    }
}

/// Writes the page and its plots, once everything is measured.
fn write(run: &Run) -> Result<(), Failure> {
    let docs = cargo::workspace().join("docs");
    let mut files = vec![(docs.join("benchmarks.md"), page::text(run))];
    for (name, picture) in page::pictures(&run.values) {
        files.push((docs.join("pictures").join(name), picture));
    }
    for (file, text) in files {
        let new = file.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &file))
            .map_err(|error| Failure::setup("write the page of the benchmarks", error))?;
    }
    eprintln!("xtask: docs/benchmarks.md and its plots are written");
    Ok(())
}

fn parts(options: &Options) -> Result<(), Failure> {
    let server = Server::obtain()?;
    let mut command = cargo::command();
    server.serve(&mut command, "bench");
    command.arg("bench");
    for package in PARTS {
        command.args(["-p", package]);
    }
    // Named one by one: the harness of a library's own benchmarks is another.
    command
        .args(["--all-features", "--bench", "files", "--bench", "migrations", "--bench", "scope"])
        .args(["--bench", "statements", "--bench", "tenants", "--"])
        .args(&options.filter);
    let result = process::run(&mut command);
    server.stop()?;
    if result?.success() { Ok(()) } else { Err(Failure::Check("a benchmark failed".to_owned())) }
}
