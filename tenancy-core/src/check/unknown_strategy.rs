//! CFG008 `unknown-strategy`: the strategy that is named is not known.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::schema::Schema;
use crate::config::suggest::{closest, shown};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG008",
    name: "unknown-strategy",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A `strategy` that none of the strategies linked into the program answers to.

## Why it is wrong

The program cannot keep tenants apart in a way it does not know, and must not fall back to another.

## How to fix it

Use the name that is proposed, or link the crate that implements the strategy.
",
};

/// Reports a name with the nearest known one.
pub(crate) fn finding(schema: &Schema, name: &str, source: Source) -> Finding {
    let known: Vec<_> = schema.strategy_names().collect();
    let hint = match (closest(name, known.iter().copied()), known.as_slice()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "this program links no strategy".to_owned(),
        (None, known) => format!("this program knows `{}`", known.join("`, `")),
    };
    Finding::new(&CHECK, format!("unknown strategy: {}", shown(name))).at(source).with_hint(hint)
}
