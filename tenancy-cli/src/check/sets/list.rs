//! The lists that migrations are registered in: `Box::new(m0001_create_notes::Migration)`.

use std::path::{Path, PathBuf};

use tenancy_core::check::{Source, sets::SetName};

use super::{migration::Migration, number};
use crate::check::{Subject, source::RustFile};

/// A line of a list.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) module: String,
    type_name: String,
    /// The folder that the modules of the file lie in.
    folder: PathBuf,
    /// The file of the list, and the line.
    pub(super) file: PathBuf,
    pub(super) line: usize,
}

impl Listed {
    pub(super) fn source(&self) -> Source {
        Source::line(&self.file, self.line)
    }

    /// Whether the line is of a migration.
    pub(super) fn is_of(&self, migration: &Migration<'_>) -> bool {
        let Some(file) = migration.file else { return false };
        let names_file = self.module == file.module();
        let is_child = file.path.parent() == Some(&self.folder);
        let is_beside = self.file == file.path || names_file;
        (names_file && is_child) || (is_beside && self.type_name == migration.type_name)
    }

    /// The set of a line whose migration is not there: what its folder or file is called.
    pub(super) fn set(&self) -> SetName {
        let names = [Some(self.folder.as_path()), self.file.parent()];
        let is_tenant = |path: &Path| path.file_name().is_some_and(|name| name == "tenant");
        let is_of_tenants = names.into_iter().flatten().any(is_tenant);
        if is_of_tenants { SetName::Tenant } else { SetName::Shared }
    }
}

/// Finds the lines of all lists, in the order in which they are written.
pub(super) fn read(subject: &Subject<'_>, migrations: &[Migration<'_>]) -> Vec<Listed> {
    let mut listed = Vec::new();
    for file in &subject.sources.files {
        for (path, line) in &file.facts.paths {
            let Some((last, before)) = path.split_last() else { continue };
            let module = before.last().cloned().unwrap_or_else(|| file.module());
            let names_type = last.starts_with(char::is_uppercase);
            let is_known = migrations.iter().any(|migration| {
                let its = migration.file;
                migration.type_name == *last
                    && its.is_some_and(|its| its.module() == module || its.path == file.path)
            });
            if names_type && (is_known || (!before.is_empty() && number::is_name(&module))) {
                listed.push(Listed {
                    module,
                    type_name: last.clone(),
                    folder: folder_of_modules(file),
                    file: file.path.clone(),
                    line: *line,
                });
            }
        }
    }
    listed
}

/// Where the modules that a file declares lie.
pub(super) fn folder_of_modules(file: &RustFile) -> PathBuf {
    let folder = file.path.parent().unwrap_or(Path::new(""));
    match file.path.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") | None => folder.to_owned(),
        Some(stem) => folder.join(stem),
    }
}
