//! `RunCall`: a binary whose `main` calls `tenancy_cli::run`, the project's own command.

use std::path::PathBuf;

use super::Subject;

/// A file that calls `tenancy_cli::run`.
#[derive(Debug)]
pub(crate) struct RunCall {
    /// The package that the file belongs to, and its folder.
    pub(crate) package: String,
    pub(crate) folder: PathBuf,
    pub(crate) file: PathBuf,
}

pub(super) fn find(subject: &Subject<'_>) -> Vec<RunCall> {
    let files = subject.sources.files.iter().filter(|file| {
        let mut paths = file.facts.paths.iter();
        paths.any(|(path, _)| matches!(path.as_slice(), [owner, run] if owner == "tenancy_cli" && run == "run"))
    });
    let calls = files.filter_map(|file| {
        // The innermost package around the file.
        let manifests = subject.sources.manifests.iter();
        let around = manifests.filter(|manifest| file.path.starts_with(manifest.folder()));
        let manifest = around.max_by_key(|manifest| manifest.folder().components().count())?;
        Some(RunCall {
            package: manifest.package.clone()?,
            folder: manifest.folder().to_owned(),
            file: file.path.clone(),
        })
    });
    calls.collect()
}
