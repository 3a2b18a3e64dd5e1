//! CFG009 `conflicting-strategies`: two places name different strategies.

use super::{CheckDescription, CheckKind, Finding, Severity};
use crate::config::view::View;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG009",
    name: "conflicting-strategies",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

Two sources that name different strategies: the file one, a variable or flag another.

## Why it is wrong

Elsewhere a variable overrides the file. For the strategy that would quietly change how tenants are
kept apart, on a database that was laid out for the other one.

## How to fix it

Name the strategy in one place, or the same one in each.
",
};

/// Compares every source that names a known strategy with the one of highest precedence.
pub(crate) fn find(view: &View<'_>) -> Option<Finding> {
    let named = view.named_strategies();
    let (last, others) = named.split_last()?;
    let different: Vec<_> = others.iter().filter(|(name, _)| name != &last.0).collect();
    let (first, _) = different.first()?;
    let message = format!("the strategy is `{first}` in one place and `{}` in another", last.0);
    let mut finding = Finding::new(&CHECK, message)
        .at(last.1.clone())
        .with_hint("name the strategy in one place, or the same one in each");
    finding.related.extend(different.iter().map(|(_, source)| source.clone()));
    Some(finding)
}
