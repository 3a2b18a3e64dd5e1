//! APP008 `own-migrator`: SeaORM's migrator is run by hand.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP008",
        name: "own-migrator",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

`Migrator::up` and its kin, or `run_cli`, called by the application.

## Why it is wrong

SeaORM's migrator knows of one schema, takes no lock, and keeps a ledger of its own. Run beside
`tenancy.migrate`, two ledgers describe one database, and tenants are migrated by neither.

## How to fix it

Put the migrations into `MigrationSets`, and run them by `tenancy.migrate` or `tenancy migrate up`.
",
    },
    run: find,
};

const FUNCTIONS: [&str; 6] = ["up", "down", "fresh", "refresh", "reset", "install"];

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &subject.sources.files {
        let paths = file.facts.paths.iter().filter_map(|(path, line)| match path.as_slice() {
            [.., owner, function] if is_run(owner, function) => {
                Some((format!("{owner}::{function}"), *line))
            }
            [.., function] if function.starts_with("run_cli") => Some((function.clone(), *line)),
            _ => None,
        });
        let methods = file.facts.methods.iter().filter_map(|method| {
            let receiver = method.receiver.as_ref()?;
            let is_run = is_run(receiver, &method.name);
            is_run.then(|| (format!("{receiver}.{}", method.name), method.line))
        });
        for (call, line) in paths.chain(methods) {
            let message = format!("`{call}` runs migrations past the sets of tenancy");
            findings.push(
                Finding::new(&CHECK.description, message)
                    .at(file.line(line))
                    .with_hint("run them by `tenancy.migrate`, or by `tenancy migrate up`"),
            );
        }
    }
    findings
}

fn is_run(owner: &str, function: &str) -> bool {
    owner.to_lowercase().ends_with("migrator") && FUNCTIONS.contains(&function)
}
