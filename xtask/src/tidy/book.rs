//! The book: its summary lists every page, and every block of code in it is of a kind that is tested.

use std::path::{Path, PathBuf};

const SUMMARY: &str = "docs/SUMMARY.md";

/// Where the Rust blocks of pages are compiled.
const COMPILED: &str = "examples/book/src/lib.rs";

/// What is wrong with the book, as a whole. `pages` are all its Markdown files with their texts.
pub(super) fn check(summary: &str, compiled: &str, pages: &[(PathBuf, String)]) -> Vec<String> {
    let mut findings = Vec::new();
    for (page, text) in pages {
        let Ok(name) = page.strip_prefix("docs") else { continue };
        let name = name.display().to_string();
        if !summary.contains(&format!("]({name})")) {
            findings.push(format!("{SUMMARY}: `{name}` is not listed"));
        }
        let is_compiled = compiled.contains(&format!("/docs/{name}\""));
        if !is_compiled && labels(text).any(|(_, label)| is_rust(label)) {
            findings.push(format!("{COMPILED}: `{name}` has Rust blocks and is not included"));
        }
    }
    findings
}

/// What is wrong with the blocks of a page, each with its line.
pub(super) fn of_page(text: &str) -> Vec<(usize, String)> {
    labels(text)
        .filter(|(_, label)| !is_rust(label) && !TESTED.contains(label))
        .map(|(line, label)| (line, format!("nothing tests blocks of the kind `{label}`")))
        .collect()
}

/// Kinds of blocks that tests run, load or compare, and `text`, which is no code.
const TESTED: [&str; 6] = ["console", "ini", "sh", "sql", "text", "toml"];

fn is_rust(label: &str) -> bool {
    label.split(',').next() == Some("rust")
}

/// The label of each block, with its line.
fn labels(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let fences = (1..).zip(text.lines()).filter_map(|(number, line)| {
        line.trim_start().strip_prefix("```").map(|label| (number, label.trim()))
    });
    fences.step_by(2)
}

/// Whether a file is a page: the summary itself is none.
pub(super) fn is_page(path: &Path) -> bool {
    path.starts_with("docs")
        && path != Path::new(SUMMARY)
        && path.extension().is_some_and(|extension| extension == "md")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{check, of_page};

    #[test]
    fn a_page_that_is_not_listed_or_compiled_is_found() {
        let fence = "`".repeat(3);
        let page = (PathBuf::from("docs/a.md"), format!("{fence}rust,no_run\n{fence}\n"));
        let pages = [page];
        let compiled = "A \"../../../docs/a.md\"";
        assert!(check("- [A](a.md)", compiled, &pages).is_empty());
        assert_eq!(check("- [B](b.md)", compiled, &pages).len(), 1);
        assert_eq!(check("- [A](a.md)", "", &pages).len(), 1);
    }

    #[test]
    fn a_block_that_nothing_tests_is_found() {
        let fence = "`".repeat(3);
        for (label, found) in [("rust", 0), ("toml", 0), ("", 1), ("sql", 0), ("bash", 1)] {
            assert_eq!(of_page(&format!("{fence}{label}\nx\n{fence}\n")).len(), found, "{label}");
        }
    }
}
