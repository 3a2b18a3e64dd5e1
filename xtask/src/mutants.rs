//! `cargo xtask mutants`: each rule that keeps tenants apart is disabled once, and the tests must
//! notice.

mod run;
mod table;
mod workspace;

use std::time::Instant;

use clap::Args;

use self::{
    run::{Outcome, Tests},
    table::{Mutant, groups},
    workspace::Workspace,
};
use crate::{failure::Failure, interrupt, postgres::Server};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only mutants whose name contains this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// List the mutants and the rules they disable; run nothing.
    #[arg(long)]
    list: bool,
}

impl Options {
    /// The chosen mutants, each with the file it changes.
    fn chosen(&self) -> Vec<(&'static str, &'static Mutant)> {
        let is_chosen =
            |mutant: &Mutant| self.only.as_ref().is_none_or(|only| mutant.name.contains(only));
        let all = groups().flat_map(|g| g.mutants.iter().map(|mutant| (g.file, mutant)));
        all.filter(|(_, mutant)| is_chosen(mutant)).collect()
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mutants = options.chosen();
    if options.list {
        list(&mutants);
        return Ok(());
    }
    if mutants.is_empty() {
        return Err(Failure::Setup("no mutant has such a name".to_owned()));
    }
    let workspace = Workspace::copy()?;
    let server = Server::obtain()?;
    let result = judge(&mutants, &workspace, &server);
    server.stop()?;
    result
}

fn list(mutants: &[(&str, &Mutant)]) {
    for (file, mutant) in mutants {
        eprintln!("{}\n    {}\n    {file}", mutant.name, mutant.rule);
    }
}

fn judge(
    mutants: &[(&'static str, &'static Mutant)],
    workspace: &Workspace,
    server: &Server,
) -> Result<(), Failure> {
    eprintln!("xtask: without a mutant, all tests have to pass");
    let tests = Tests { workspace, server };
    tests.without_mutant(mutants)?;
    let mut bad = Vec::new();
    for (at, (file, mutant)) in mutants.iter().enumerate() {
        interrupt::check()?;
        let start = Instant::now();
        let outcome = tests.of_mutant(file, mutant)?;
        let seconds = start.elapsed().as_secs_f64();
        let progress = format!("{}/{}", at + 1, mutants.len());
        let Mutant { name, rule, .. } = mutant;
        eprintln!("  {progress:>7}  {:<9} {seconds:>6.1} s  {name}  {outcome}", outcome.word());
        match outcome {
            Outcome::Killed { .. } => {}
            Outcome::Survived | Outcome::Stale { .. } | Outcome::Invalid { .. } => {
                bad.push(format!("  {:<9} {name} ({file})\n            {rule}", outcome.word()));
            }
        }
    }
    let killed = mutants.len() - bad.len();
    eprintln!("\nxtask: {killed} of {} mutants killed", mutants.len());
    if bad.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!("not killed:\n{}", bad.join("\n"))))
}
