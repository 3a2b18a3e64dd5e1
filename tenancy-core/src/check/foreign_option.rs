//! CFG010 `foreign-option`: an option belongs to a strategy that is not the chosen one.

use super::{CheckDescription, CheckKind, Finding, Severity};
use crate::config::view::View;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG010",
    name: "foreign-option",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A section or an option of a strategy other than the one that `strategy` names.

## Why it is wrong

It has no effect, and reads as if it had: `rls = \"enforce\"` under another strategy guards nothing.

## How to fix it

Remove the option, or choose the strategy it belongs to.
",
};

/// Lists every option, and every empty section, of the strategies that are not chosen.
pub(crate) fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(chosen) = view.chosen() else { return Vec::new() };
    let choice = view.named_strategies().pop().map(|(_, source)| source);
    let mut findings = Vec::new();
    for (what, owner, source) in view.strategy_options() {
        if owner == chosen {
            continue;
        }
        let message = format!("{what} belongs to `{owner}`, but the strategy is `{chosen}`");
        let mut finding = Finding::new(&CHECK, message)
            .at(source)
            .with_hint("remove it, or choose the strategy it belongs to");
        finding.related.extend(choice.clone());
        findings.push(finding);
    }
    findings
}
