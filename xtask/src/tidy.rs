//! `cargo xtask tidy`: the rules of this repository that rustfmt and Clippy do not know.

mod book;
mod invariants;
mod links;
mod rules;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{cargo, failure::Failure};

/// Folders that hold nothing a person wrote.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "saas-data"];

/// Kinds of files that are read.
const TEXT: [&str; 9] = ["rs", "md", "toml", "yml", "yaml", "sh", "sql", "json", ""];

pub(crate) fn run() -> Result<(), Failure> {
    let root = cargo::workspace();
    let mut files = Vec::new();
    collect(root, &mut files).map_err(|error| Failure::setup("list the files", error))?;
    files.sort();
    let mut findings = Vec::new();
    let mut texts = Vec::new();
    for file in &files {
        let path = file.strip_prefix(root).unwrap_or(file);
        findings.extend(rules::of_name(path).map(|text| format!("{}: {text}", path.display())));
        // What is no text is no concern of these rules.
        let Ok(text) = fs::read_to_string(file) else { continue };
        for (line, finding) in of_text(root, path, &text) {
            findings.push(format!("{}:{line}: {finding}", path.display()));
        }
        texts.push((path.to_owned(), text));
    }
    findings.extend(of_all(texts));
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err(Failure::Check("1 finding".to_owned())),
        count => Err(Failure::Check(format!("{count} findings"))),
    }
}

fn of_text(root: &Path, path: &Path, text: &str) -> Vec<(usize, String)> {
    let mut findings = rules::of_text(path, text);
    if path.extension().is_some_and(|extension| extension == "md") {
        findings.extend(links::check(root, path, text));
    }
    if book::is_page(path) {
        findings.extend(book::of_page(text));
    }
    findings
}

/// What concerns more than one file.
fn of_all(texts: Vec<(PathBuf, String)>) -> Vec<String> {
    let text = |path: &str| {
        let found = texts.iter().find(|(of, _)| of == Path::new(path));
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let (architecture, summary) = (text("ARCHITECTURE.md"), text("docs/SUMMARY.md"));
    let compiled = text("examples/book/src/lib.rs");
    let is_rust = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
    let (pages, others): (Vec<_>, Vec<_>) =
        texts.into_iter().partition(|(path, _)| book::is_page(path));
    let sources: Vec<_> = others.into_iter().filter(|(path, _)| is_rust(path)).collect();
    let mut findings = book::check(&summary, &compiled, &pages);
    findings.extend(invariants::check(&architecture, &sources));
    findings
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            if !SKIPPED.iter().any(|name| entry.file_name() == *name) && !is_target(&path) {
                collect(&path, files)?;
            }
        } else if kind.is_file() && is_text(&path) && entry.file_name() != ".git" {
            files.push(path);
        }
    }
    Ok(())
}

/// Cargo marks its target folders, whatever they are called.
fn is_target(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").exists()
}

fn is_text(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default();
    TEXT.iter().any(|text| extension == *text)
}
