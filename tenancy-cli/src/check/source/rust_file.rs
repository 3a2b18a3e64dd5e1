//! `RustFile`: a file that parses, without its tests, and with its macros opened.

use std::path::PathBuf;

use proc_macro2::Span;
use syn::spanned::Spanned;
use tenancy_core::check::Source;

use super::{Facts, Unreadable, expand, imports::Imports};

/// A Rust file that parses.
pub(crate) struct RustFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) syntax: syn::File,
    pub(crate) facts: Facts,
    imports: Imports,
}

/// The line of something, counted from 1.
pub(crate) fn line_of(of: &impl Spanned) -> usize {
    of.span().start().line
}

impl RustFile {
    pub(super) fn parse(path: PathBuf, text: String) -> Result<Self, Unreadable> {
        if let Some(line) = too_deep(&text) {
            let reason = "it is nested too deeply".to_owned();
            return Err(Unreadable { path, line: Some(line), reason });
        }
        match syn::parse_file(&text) {
            Ok(mut syntax) => {
                expand::without_tests(&mut syntax);
                expand::open_macros(&mut syntax);
                let imports = Imports::of(&syntax);
                let facts = Facts::of(&syntax, &imports);
                Ok(Self { path, text, syntax, facts, imports })
            }
            Err(error) => {
                let line = error.span().start().line;
                let reason = reason(&text, &error);
                Err(Unreadable { path, line: Some(line), reason })
            }
        }
    }

    /// The place of something in the file.
    pub(crate) fn at(&self, span: Span) -> Source {
        self.line(span.start().line)
    }

    /// A line of the file.
    pub(crate) fn line(&self, line: usize) -> Source {
        Source::line(&self.path, line)
    }

    /// A path with what the file's imports say of its first segment.
    pub(crate) fn resolve(&self, path: &syn::Path) -> Vec<String> {
        self.imports.resolve(path)
    }

    /// The name of the module that the file is.
    pub(crate) fn module(&self) -> String {
        let stem = |path: &std::path::Path| {
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
        };
        match (stem(&self.path).as_str(), self.path.parent()) {
            ("mod", Some(folder)) => stem(folder),
            (own, _) => own.to_owned(),
        }
    }
}

/// The compiler ends at 128 levels; texts and comments count here too.
const DEEPEST: usize = 512;

/// The line at which more brackets are open, or more signs stand in a row, than in any program.
fn too_deep(text: &str) -> Option<usize> {
    let (mut open, mut signs) = (0_usize, 0_usize);
    for (line, text) in (1..).zip(text.lines()) {
        for byte in text.bytes() {
            match byte {
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            signs = if b"&!*-".contains(&byte) { signs + 1 } else { 0 };
            if open.max(signs) > DEEPEST {
                return Some(line);
            }
        }
    }
    None
}

/// The parser quotes no text, but says little of a file in the middle of a merge.
fn reason(text: &str, error: &syn::Error) -> String {
    let is_merging = text.lines().any(|line| line.starts_with("<<<<<<< "));
    if is_merging {
        "it has the marks of a merge".to_owned()
    } else {
        format!("it is no Rust: {error}")
    }
}

impl std::fmt::Debug for RustFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RustFile").field("path", &self.path).finish_non_exhaustive()
    }
}
