//! The reference pages, `docs/reference/*.md`, are made from the code; here that of the checks.

mod command_line;
mod configuration;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar of Rust has many forms, and few of them are looked for"
)]
mod errors;

use std::{fmt::Write as _, path::Path};

use serde_json::Value;
use snapbox::{
    Assert,
    data::{Data, DataFormat},
};
use tempfile::tempdir;

use crate::program::tenancy;

const HEAD: &str = "\
# Checks

What `tenancy check` looks for, by code. A code is stable: it is never used again for something else. \
`tenancy explain CODE` prints the same text.

A finding is an **error**, with which the exit code is 1, or a **warning**. A *static* check reads files \
and configuration; a *database* check reads the live database, with `check --database` of the project's \
own command. A finding that is accepted is silenced by its \
code, with the reason:

```toml
[checks]
silence = [{ code = \"SET008\", reason = \"the table was never filled\" }]
```

Findings of the configuration (`CFG…`) cannot be silenced, because the application does not start with \
them. This page is made from the checks: `SNAPSHOTS=overwrite cargo test -p tenancy-cli reference` writes \
it again.

";

const ROOMS: [(&str, &str); 7] = [
    ("CFG", "Configuration"),
    ("APP", "Code"),
    ("SET", "Migrations"),
    ("LFT", "Other frameworks"),
    ("DBS", "Database"),
    ("SHS", "Database under `shared-schema`"),
    ("SPT", "Database under `schema-per-tenant`"),
];

fn page(checks: &[Value]) -> String {
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let mut page = HEAD.to_owned();
    let mut details = String::new();
    for (prefix, title) in ROOMS {
        let room = checks.iter().filter(|check| text(check, "code").starts_with(prefix));
        writeln!(page, "## {title}\n\n| code | name | severity | kind |\n|---|---|---|---|")
            .unwrap();
        for check in room {
            let [code, name, severity, kind, explain] =
                ["code", "name", "severity", "kind", "explain"].map(|key| text(check, key));
            let anchor = format!("{}-{name}", code.to_lowercase());
            writeln!(page, "| [{code}](#{anchor}) | `{name}` | {severity} | {kind} |").unwrap();
            let explain =
                explain.trim_end().replace("\n## ", "\n#### ").replacen("## ", "#### ", 1);
            writeln!(details, "### {code} {name}\n\n{explain}\n").unwrap();
        }
        page.push('\n');
    }
    writeln!(page, "## Explanations\n").unwrap();
    format!("{page}{}\n", details.trim_end())
}

#[test]
fn the_reference_page_is_what_the_checks_say() {
    let folder = tempdir().unwrap();
    let listed = tenancy(folder.path(), &[], &["explain", "--format", "json"]).succeeded();
    let checks: Vec<Value> =
        listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for check in &checks {
        let code = check["code"].as_str().unwrap();
        assert!(ROOMS.iter().any(|(prefix, _)| code.starts_with(prefix)), "{code} has no room");
    }
    is_page("checks.md", &page(&checks));
}

/// Compares a page with the file; `SNAPSHOTS=overwrite` writes it.
fn is_page(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name);
    let expected = Data::read_from(&path, Some(DataFormat::Text));
    Assert::new().action_env("SNAPSHOTS").normalize_paths(false).eq(page, expected);
}
