//! `Folder`: where the files of a set lie.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use tenancy_core::{
    check::{Source, sets::SetName},
    config::{Inspection, Sourced},
};

use super::{migration, number};
use crate::check::Subject;

/// A folder with the files of a set.
#[derive(Debug)]
pub(in crate::check) struct Folder {
    pub(super) set: SetName,
    pub(super) path: PathBuf,
    /// Where it is configured; the default where it was found.
    pub(super) source: Source,
}

impl Folder {
    /// Whether a file lies in the folder, and not deeper.
    pub(in crate::check) fn holds(&self, file: &Path) -> bool {
        file.parent() == Some(&self.path)
    }

    /// Whether a folder that is configured is not there.
    pub(super) fn is_missing(&self, subject: &Subject<'_>) -> bool {
        self.source != Source::Default && !subject.sources.root.join(&self.path).is_dir()
    }
}

const KEYS: [(SetName, &str); 2] =
    [(SetName::Shared, "migrate.shared"), (SetName::Tenant, "migrate.tenant")];

/// The folders that the configuration names.
pub(in crate::check) fn configured(inspection: &Inspection) -> Vec<(SetName, Sourced<PathBuf>)> {
    let named = KEYS.into_iter().filter_map(|(set, key)| {
        let path = inspection.text(key)?.map(|path| {
            let parts = Path::new(path).components();
            parts.filter(|part| *part != std::path::Component::CurDir).collect::<PathBuf>()
        });
        Some((set, path))
    });
    named.collect()
}

/// The folders of both sets: those that are configured, and else every folder of the application in
/// which a file is a migration by its name or by what it implements.
pub(in crate::check) fn folders(subject: &Subject<'_>) -> Vec<Folder> {
    let mut folders: Vec<Folder> = configured(subject.inspection)
        .into_iter()
        .map(|(set, path)| Folder { set, path: path.value, source: path.source })
        .collect();
    let readable = subject.sources.files.iter().map(|file| &file.path);
    let unreadable = subject.sources.unreadable.iter().map(|file| &file.path);
    let migrations = readable.chain(unreadable).filter(|path| number::is_migration(path));
    let found: BTreeSet<&Path> = migrations.filter_map(|path| path.parent()).collect();
    for path in found {
        let set = set_of(subject, path);
        let is_known = folders.iter().any(|known| known.path == path)
            || folders.iter().any(|known| known.set == set && known.source != Source::Default);
        if !is_known {
            folders.push(Folder { set, path: path.to_owned(), source: Source::Default });
        }
    }
    folders
}

/// The set of a folder: what it is called, or else what its files implement.
fn set_of(subject: &Subject<'_>, folder: &Path) -> SetName {
    let name = folder.file_name().and_then(|name| name.to_str());
    match name {
        Some("shared") => SetName::Shared,
        Some("tenant") => SetName::Tenant,
        _ => {
            let mut files = subject.sources.files.iter();
            let of_tenants = files.any(|file| {
                file.path.parent() == Some(folder)
                    && migration::implemented(file).any(|(set, _)| set == SetName::Tenant)
            });
            if of_tenants { SetName::Tenant } else { SetName::Shared }
        }
    }
}
