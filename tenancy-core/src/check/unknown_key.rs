//! CFG004 `unknown-key`: a key or section is not known.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::schema::{self, Schema, split};
use crate::config::suggest::{closest, fold};

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG004",
    name: "unknown-key",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

A key or section in a file or flag that neither the core nor a linked strategy knows.

## Why it is wrong

A misspelt key would leave the default in force: `rsl = \"enforce\"` protects nothing.

## How to fix it

Use the name that is proposed, or the one in the reference. Keys are written in snake_case, the
sections of strategies in kebab-case.
",
};

/// Reports a key by its path, with the nearest known one.
pub(crate) fn key(schema: &Schema, path: &str, source: Source) -> Finding {
    let mut finding = Finding::new(&CHECK, format!("unknown key `{path}`")).at(source);
    finding.hint = hint(schema, path);
    finding
}

/// Reports a section, with the nearest known one.
pub(crate) fn section(schema: &Schema, name: &str, source: Source) -> Finding {
    let known: Vec<_> = schema.sections().map(|section| section.name).collect();
    let near = closest(name, known.iter().copied().filter(|name| !name.is_empty()));
    let mut finding = Finding::new(&CHECK, format!("unknown section `[{name}]`")).at(source);
    finding.hint = Some(match near {
        Some(near) => format!("did you mean `[{near}]`?"),
        None => format!("known sections are `[{}]`", known[1..].join("]`, `[")),
    });
    finding
}

fn hint(schema: &Schema, path: &str) -> Option<String> {
    let (section, name) = split(path);
    let keys = schema.section(section)?.keys;
    if let Some(near) = closest(name, keys.iter().map(|key| key.name)) {
        return Some(format!("did you mean `{}`?", schema::path(section, near)));
    }
    let elsewhere = schema.paths().find(|(_, key)| fold(key.name) == fold(name));
    if let Some((path, _)) = elsewhere {
        return Some(format!("did you mean `{path}`?"));
    }
    let known: Vec<_> = keys.iter().map(|key| key.name).collect();
    Some(format!("known here are `{}`", known.join("`, `")))
}
