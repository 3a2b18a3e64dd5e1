//! CFG011 `strategy-in-code`: the strategy constructed in code is not the configured one.

use std::panic::Location;

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::{Sourced, StrategyName};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG011",
    name: "strategy-in-code",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A strategy that the code constructs although the configuration names another.

## Why it is wrong

The database was, or will be, laid out for the configured one. A strategy that does not match finds
the wrong tables, or none, or everybody's.

## How to fix it

Construct the strategy that `config.strategy()` names, or correct the configuration.
",
};

/// Compares the strategy in code with the configured one.
pub(crate) fn find(
    configured: &Sourced<StrategyName>,
    name: &str,
    place: &'static Location<'static>,
) -> Option<Finding> {
    (configured.value != *name).then(|| {
        let message =
            format!("the code constructs `{name}`, but the strategy is `{}`", configured.value);
        Finding::new(&CHECK, message)
            .at(Source::Code(place))
            .with_related(configured.source.clone())
            .with_hint("construct the strategy that is configured, or correct the configuration")
    })
}
