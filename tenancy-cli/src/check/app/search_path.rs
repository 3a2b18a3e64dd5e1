//! APP009 `session-search-path`: the code sets a search path.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP009",
        name: "session-search-path",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

`set_schema_search_path` on the options of a connection, and SQL that sets `search_path`.

## Why it is wrong

A search path belongs to a session, and sessions are shared: by a pool, and by a pooler in front of the
server. What one request sets, the next one finds. SeaORM does not escape what it is given either. It is
also the mark of a schema for each tenant that was made by hand.

## How to fix it

Remove it. Under a schema for each tenant every name is qualified, so nothing depends on the session.
Schemas of extensions are named in `database.extension_schemas`.
",
    },
    run: find,
};

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &subject.sources.files {
        let methods = file.facts.methods.iter();
        let methods = methods.filter(|method| method.name == "set_schema_search_path");
        let texts = file.facts.texts.iter().filter(|(text, _)| sets_search_path(text));
        let mut lines: Vec<usize> =
            methods.map(|method| method.line).chain(texts.map(|(_, line)| *line)).collect();
        lines.sort_unstable();
        lines.dedup();
        findings.extend(lines.into_iter().map(|line| {
            Finding::new(&CHECK.description, "the code sets the search path of a session")
                .at(file.line(line))
                .with_hint("remove it: statements are qualified, and nothing depends on a session")
        }));
    }
    findings
}

fn sets_search_path(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let is_set = words.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "set" | "local" | "session")
            && pair[1].starts_with("search_path")
    });
    let compact = words.concat();
    is_set || compact.contains("set_config('search_path'")
}
