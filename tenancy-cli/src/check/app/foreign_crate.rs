//! APP004 `foreign-strategy-crate`: a dependency is a strategy that the configuration excludes.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity, Source};

use crate::check::{
    Check, Subject,
    app::choice::{self, Decision},
};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP004",
        name: "foreign-strategy-crate",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

The crate of a strategy among the direct dependencies, although the configuration names another one and
the code does not offer the choice. One that is optional is a warning: whether it is built depends on
the features.

## Why it is wrong

An application runs one strategy. The crate of another is where code of the wrong kind comes from:
whatever it offers compiles, and works on a database that was laid out otherwise.

## How to fix it

Remove the dependency, or name its strategy in the configuration. An application that can run under
either chooses by `config.strategy()` in one place.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(configured) = subject.strategy() else { return Vec::new() };
    let offered = choice::constructions(subject);
    let is_offered = |name: &str| {
        let mut of = offered.iter().filter(|construction| construction.strategy.name == name);
        of.any(|construction| construction.decision == Decision::Configuration)
    };
    let strategies = subject.strategies();
    let excluded = |package: &str| {
        let strategy = strategies.iter().find(|strategy| strategy.package == package)?;
        (strategy.name != configured.value && !is_offered(strategy.name)).then_some(strategy.name)
    };
    let mut findings = Vec::new();
    for manifest in &subject.sources.manifests {
        for dependency in &manifest.dependencies {
            let Some(name) = excluded(&dependency.package) else { continue };
            let message = format!(
                "`{}` is a dependency, but the strategy is `{}`",
                dependency.package, configured.value
            );
            let mut finding = Finding::new(&CHECK.description, message)
                .at(Source::File { path: manifest.path.clone(), line: dependency.line })
                .with_related(configured.source.clone())
                .with_hint(format!("remove it, or configure `strategy = \"{name}\"`"));
            if dependency.optional {
                finding.severity = Severity::Warning;
            }
            findings.push(finding);
        }
    }
    findings
}
