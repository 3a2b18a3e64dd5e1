//! CFG007 `missing-strategy`: no strategy is configured.

use super::{CheckDescription, CheckKind, Finding, Severity};
use crate::config::view::View;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG007",
    name: "missing-strategy",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A configuration in which `strategy` is set nowhere.

## Why it is wrong

How tenants are kept apart is never a default: it is the one thing that everybody who reads the
configuration must be able to see.

## How to fix it

Write `strategy = \"...\"` at the top of `tenancy.toml`, or set `TENANCY_STRATEGY`.
",
};

/// Looks for `strategy` in every layer.
pub(crate) fn find(view: &View<'_>) -> Option<Finding> {
    if view.said("strategy").next().is_some() {
        return None;
    }
    let traces = view.strategy_traces();
    let mut finding = Finding::new(&CHECK, "no strategy is configured");
    let names: Vec<_> = view.schema.strategy_names().collect();
    finding.hint = Some(match (traces.as_slice(), names.as_slice()) {
        ([(only, source)], _) => {
            finding.source = Some(source.clone());
            format!("write `strategy = \"{only}\"` at the top of `tenancy.toml`")
        }
        (_, []) => "write `strategy = \"...\"` at the top of `tenancy.toml`".to_owned(),
        (_, names) => format!(
            "write `strategy = \"...\"` at the top of `tenancy.toml`; known are `{}`",
            names.join("`, `")
        ),
    });
    Some(finding)
}
