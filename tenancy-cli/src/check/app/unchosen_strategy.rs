//! APP006 `unchosen-strategy`: two strategies are constructed, and the configuration does not decide which.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{
    Check, Subject,
    app::choice::{self, Decision},
};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP006",
        name: "unchosen-strategy",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

Code that constructs more than one strategy without asking `config.strategy()` for which.

## Why it is wrong

An application runs exactly one strategy, and the configuration says which. Where a variable, a feature
or nothing at all decides it, the program and its configuration can differ, and two parts of one
program can keep tenants apart in two ways.

## How to fix it

Make the strategy in one place, by the one that is configured:

    Ok(match config.strategy().value.as_str() {
        SHARED_SCHEMA => Arc::new(SharedSchema::from_config(config)?),
        _ => Arc::new(SchemaPerTenant::from_config(config)?),
    })
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let all = choice::constructions(subject);
    if !choice::is_mixed(&all) {
        return Vec::new();
    }
    let wrong = |construction: &choice::Construction| {
        matches!(construction.decision, Decision::Always | Decision::Other(_))
    };
    let Some(first) = all.iter().find(|construction| wrong(construction)) else {
        return Vec::new();
    };
    let decides = match &first.decision {
        Decision::Other(what) => format!("{what} decides which"),
        Decision::Always | Decision::Configuration | Decision::Unclear => {
            "the configuration does not decide which".to_owned()
        }
    };
    let mut names: Vec<String> =
        all.iter().map(|construction| format!("`{}`", construction.strategy.name)).collect();
    names.sort();
    names.dedup();
    let message = format!("the code constructs {}, and {decides}", names.join(" and "));
    let mut finding = Finding::new(&CHECK.description, message)
        .at(first.source.clone())
        .with_hint("make the strategy in one place, by `config.strategy()`");
    let others = all.iter().map(|construction| construction.source.clone());
    finding.related.extend(others.filter(|source| *source != first.source));
    vec![finding]
}
