//! What ARCHITECTURE.md says always holds: each row names a test, and that test is there.

use std::path::{Path, PathBuf};

const FILE: &str = "ARCHITECTURE.md";
const SECTION: &str = "## What always holds";

/// A row of this beginning is held without a test.
const COMPILER: &str = "the compiler:";

/// What is wrong with the table, each with its line. `sources` are all Rust files with their texts.
pub(super) fn check(text: &str, sources: &[(PathBuf, String)]) -> Vec<String> {
    let lines = (1..).zip(text.lines()).skip_while(|(_, line)| *line != SECTION);
    let rows = lines.skip(1).take_while(|(_, line)| !line.starts_with("## "));
    let rows: Vec<(usize, &str)> =
        rows.filter(|(_, line)| line.starts_with("| ")).skip(1).collect();
    if rows.is_empty() {
        return vec![format!("{FILE}: there is no table under `{SECTION}`")];
    }
    let mut findings = Vec::new();
    for (line, row) in rows {
        let held_by =
            row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default().trim();
        if held_by.starts_with(COMPILER) {
            continue;
        }
        let names: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            findings.push(format!("{FILE}:{line}: no test is named"));
        }
        let missing = names.into_iter().filter(|name| !is_there(name, sources));
        findings.extend(missing.map(|name| format!("{FILE}:{line}: there is no test `{name}`")));
    }
    findings
}

/// Whether a test `file::name` is there; `*` at the end of the name stands for the rest of it.
fn is_there(name: &str, sources: &[(PathBuf, String)]) -> bool {
    let (rooms, function) = name.rsplit_once("::").unwrap_or(("", name));
    let rooms: Vec<&str> = rooms.split("::").filter(|room| !room.is_empty()).collect();
    let declaration = match function.strip_suffix('*') {
        Some(beginning) => format!("fn {beginning}"),
        None => format!("fn {function}("),
    };
    sources.iter().any(|(path, text)| {
        rooms.iter().all(|room| lies_in(path, text, room)) && text.contains(&declaration)
    })
}

/// Whether a file is a module of this name, or has one.
fn lies_in(path: &Path, text: &str, room: &str) -> bool {
    let mut parts = path.iter().filter_map(|part| part.to_str());
    parts.any(|part| part.trim_end_matches(".rs") == room) || text.contains(&format!("mod {room} "))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::check;

    fn findings(held_by: &str) -> usize {
        let text = format!(
            "# A\n\n## What always holds\n\n| invariant | held by |\n|---|---|\n| a | {held_by} |\n\n## B\n"
        );
        let text_of_test = "mod tests {\n    #[test]\n    fn rows_are_apart() {}\n}\n".to_owned();
        check(&text, &[(PathBuf::from("a/tests/it/wire.rs"), text_of_test)]).len()
    }

    #[test]
    fn a_test_that_is_not_there_is_found() {
        for held_by in ["`wire::rows_are_apart`", "`tests::rows_*`", "the compiler: all of it"] {
            assert_eq!(findings(held_by), 0, "{held_by}");
        }
        for held_by in ["`wire::rows`", "`wall::rows_are_apart`", "`wire::columns_*`", "nothing"] {
            assert_eq!(findings(held_by), 1, "{held_by}");
        }
    }

    #[test]
    fn a_table_that_is_not_there_is_found() {
        assert_eq!(check("# A\n", &[]).len(), 1);
    }
}
