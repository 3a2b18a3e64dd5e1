//! CFG003 `mixed-strategies`: two strategies are configured at once.

use super::{CheckDescription, CheckKind, Finding, Severity};
use crate::config::view::View;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG003",
    name: "mixed-strategies",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

Sections or options of more than one strategy, wherever they come from: file, environment, flags.

## Why it is wrong

An application runs exactly one strategy. Leftovers of another make the reader, and sooner or later
the code, believe in a separation of tenants that is not there.

## How to fix it

Keep the section of the strategy that `strategy` names and remove the others.
",
};

/// Looks for the first trace of each strategy, and reports those that are too many.
pub(crate) fn find(view: &View<'_>) -> Vec<Finding> {
    let traces = view.strategy_traces();
    let chosen = view.chosen();
    let keep = traces.iter().position(|(name, _)| Some(*name) == chosen).unwrap_or(0);
    let Some((kept, kept_source)) = traces.get(keep) else { return Vec::new() };
    let others = traces.iter().filter(|(name, _)| name != kept);
    others
        .map(|(name, source)| {
            Finding::new(&CHECK, format!("both `{kept}` and `{name}` are configured"))
                .at(source.clone())
                .with_related(kept_source.clone())
                .with_hint(match chosen {
                    Some(chosen) => format!("the strategy is `{chosen}`: remove what else is set"),
                    None => "an application runs one strategy: remove the other one".to_owned(),
                })
        })
        .collect()
}
