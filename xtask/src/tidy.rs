//! `cargo xtask tidy`: the rules of this repository that rustfmt and Clippy do not know.

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
    for file in &files {
        let path = file.strip_prefix(root).unwrap_or(file);
        findings.extend(rules::of_name(path).map(|text| format!("{}: {text}", path.display())));
        // What is no text is no concern of these rules.
        let Ok(text) = fs::read_to_string(file) else { continue };
        for (line, finding) in rules::of_text(path, &text) {
            findings.push(format!("{}:{line}: {finding}", path.display()));
        }
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err(Failure::Check("1 finding".to_owned())),
        count => Err(Failure::Check(format!("{count} findings"))),
    }
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
