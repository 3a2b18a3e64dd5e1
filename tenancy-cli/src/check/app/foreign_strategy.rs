//! APP005 `foreign-strategy`: the strategy in code is not the configured one.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{
    Check, Subject,
    app::choice::{self, Decision},
};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP005",
        name: "foreign-strategy",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

A strategy that the code constructs, although the configuration names another.

## Why it is wrong

The database was, or will be, laid out for the configured one. A strategy that does not match finds
the wrong tables, or none, or everybody's. The application refuses to start so; here it is seen before
it is deployed.

## How to fix it

Construct the strategy that is configured, or correct the configuration.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(configured) = subject.strategy() else { return Vec::new() };
    let all = choice::constructions(subject);
    if choice::is_mixed(&all) {
        // Then the code has no strategy of its own that could be compared: see APP006.
        return Vec::new();
    }
    let fixed = all.into_iter().filter(|construction| {
        construction.decision == Decision::Always && construction.strategy.name != configured.value
    });
    fixed
        .map(|construction| {
            let message = format!(
                "the code constructs `{}`, but the strategy is `{}`",
                construction.strategy.name, configured.value
            );
            Finding::new(&CHECK.description, message)
                .at(construction.source)
                .with_related(configured.source.clone())
                .with_hint(
                    "construct the strategy that is configured, or correct the configuration",
                )
        })
        .collect()
}
