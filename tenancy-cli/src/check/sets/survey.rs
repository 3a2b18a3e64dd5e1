//! `Survey`: which migrations, tables and lists there are, for a new migration to fit in.

use std::{collections::BTreeMap, path::PathBuf};

use tenancy_core::check::sets::SetName;

use super::{Folder, folders, list::folder_of_modules, migration, number, tables};
use crate::{check::Subject, registration};

/// Which migrations, tables and lists there are.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) migrations: Vec<KnownMigration>,
    /// The tables that are there when all of them have run, by folded name, with where they are
    /// created.
    pub(crate) tables: BTreeMap<String, String>,
    pub(crate) lists: Vec<ListFile>,
    /// A source that cannot be read, so that not everything is known.
    pub(crate) unreadable: Option<PathBuf>,
}

/// A migration that is there.
#[derive(Debug)]
pub(crate) struct KnownMigration {
    pub(crate) set: SetName,
    pub(crate) name: String,
    /// Its number or time stamp, as it is written.
    pub(crate) stamp: Option<String>,
    pub(crate) path: PathBuf,
}

/// A file with the list of a set.
#[derive(Debug)]
pub(crate) struct ListFile {
    pub(crate) set: SetName,
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The folder that its modules lie in.
    pub(crate) folder: PathBuf,
    /// Whether the set is known to lie there.
    pub(crate) is_of_folder: bool,
}

/// Looks at everything that a new migration could be at odds with.
pub(in crate::check) fn survey(subject: &Subject<'_>) -> Survey {
    let folders = folders(subject);
    let migrations = migration::read(subject, &folders);
    let known = migrations.iter().map(|migration| KnownMigration {
        set: migration.set,
        name: migration.name.clone(),
        stamp: number::of(&migration.name).map(|number| number.text),
        path: migration.file.map(|file| file.path.clone()).unwrap_or_default(),
    });
    let unreadable = subject.sources.unreadable.first().map(|file| file.path.clone());
    Survey {
        migrations: known.collect(),
        tables: tables::present(&migrations),
        lists: lists(subject, &folders),
        unreadable,
    }
}

fn lists(subject: &Subject<'_>, folders: &[Folder]) -> Vec<ListFile> {
    let mut lists = Vec::new();
    for file in &subject.sources.files {
        for set in [SetName::Shared, SetName::Tenant] {
            if !registration::has_list(&file.text, set) {
                continue;
            }
            let folder = folder_of_modules(file);
            lists.push(ListFile {
                set,
                path: file.path.clone(),
                text: file.text.clone(),
                is_of_folder: folders.iter().any(|it| it.set == set && it.path == folder),
                folder,
            });
        }
    }
    lists
}
