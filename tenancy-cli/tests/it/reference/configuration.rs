//! `docs/reference/configuration.md`, from the keys of the core and of both strategies.

use std::fmt::Write as _;

use tenancy_core::config::{OptionKey, OptionKind, SECTIONS, environment_variable};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

const HEAD: &str = "\
# Configuration

Every key of `tenancy.toml`, with its default. The file is looked for in the working directory; \
`TENANCY_CONFIG` or `--config` names another one. An environment variable wins over the file, and a flag \
over both. The strategy is the exception: places that disagree on it are refused. Unknown keys and \
variables are refused, with the name that was probably meant.

`tenancy config show` shows every value with its source, and no secret. A list stands in a variable \
separated by commas. This page is made from the keys: `SNAPSHOTS=overwrite cargo test -p tenancy-cli \
reference` writes it again.

```toml
strategy = \"shared-schema\"

[database]
url = \"postgres://app@localhost/notes\"
```

";

#[test]
fn the_page_is_what_the_keys_say() {
    let mut page = HEAD.to_owned();
    for section in SECTIONS {
        let title = if section.name.is_empty() { "Top of the file" } else { section.name };
        table(&mut page, title, section.name, section.keys);
    }
    for strategy in [SharedSchema::KEYS, SchemaPerTenant::KEYS] {
        table(&mut page, strategy.name, strategy.name, strategy.keys);
    }
    super::is_page("configuration.md", &page);
}

fn table(page: &mut String, title: &str, section: &str, keys: &[OptionKey]) {
    let title = if section.is_empty() { title.to_owned() } else { format!("[{title}]") };
    writeln!(page, "## {title}\n\n| key | value | default | variable | what it means |").unwrap();
    writeln!(page, "|---|---|---|---|---|").unwrap();
    for key in keys {
        let OptionKey { name, kind, default, doc } = key;
        let path =
            if section.is_empty() { (*name).to_owned() } else { format!("{section}.{name}") };
        let variable = kind.is_textual().then(|| format!("`{}`", environment_variable(&path)));
        let default = match default {
            None => "–".to_owned(),
            Some("") => "empty".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let doc = doc.trim_end_matches('.');
        let variable = variable.unwrap_or_else(|| "–".to_owned());
        writeln!(page, "| `{name}` | {} | {default} | {variable} | {doc} |", value(*kind)).unwrap();
    }
    page.push('\n');
}

/// What may stand there, in words.
fn value(kind: OptionKind) -> String {
    match kind {
        OptionKind::Integer { min, max } => format!("{min} to {max}"),
        OptionKind::Choice(words) => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
        }
        OptionKind::Path => "a path".to_owned(),
        OptionKind::Identifier => "a name in the database".to_owned(),
        OptionKind::Identifiers => "a list of names in the database".to_owned(),
        OptionKind::DatabaseUrl => "an address, kept secret".to_owned(),
        OptionKind::Strategy => "the name of a strategy".to_owned(),
        OptionKind::Text
        | OptionKind::Bool
        | OptionKind::Engine
        | OptionKind::List
        | OptionKind::Silences
        | _ => kind.expected().to_owned(),
    }
}
