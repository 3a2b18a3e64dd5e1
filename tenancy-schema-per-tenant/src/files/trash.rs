//! The folder of deleted tenants' files: a file goes there with its companions, and comes back, by
//! renaming, so that it is in one place at every moment.
//!
//! A crash may part a file from its companions. While that is so the file itself lies in the trash,
//! where nobody opens it: it goes first, and comes back last.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tenancy_core::{Error, PhysicalName, Result};

use super::{file_error, remove_if_there, with_companions};

/// The name of the folder within that of the tenants.
pub(crate) const FOLDER: &str = "trash";

/// Where a tenant's file lies while the tenant is served, and while it is deleted.
#[derive(Debug)]
pub(super) struct Places {
    served: PathBuf,
    deleted: PathBuf,
}

impl Places {
    /// Isolation: a `PhysicalName` holds no separator and no dot, so both lie within the directory.
    pub(super) fn of(directory: &Path, name: &PhysicalName) -> Self {
        let file = format!("{name}.db");
        Self { deleted: directory.join(FOLDER).join(&file), served: directory.join(file) }
    }

    pub(super) fn deleted(&self) -> &Path {
        &self.deleted
    }

    /// Moves the file into the trash. What was done of that before is gone on with; of a file that is
    /// not there nothing is done.
    pub(super) fn set_aside(&self) -> Result<()> {
        self.be_one()?;
        if let Some(folder) = self.deleted.parent() {
            fs::create_dir_all(folder).map_err(file_error("creating the trash"))?;
        }
        let all = with_companions(&self.served).into_iter().zip(with_companions(&self.deleted));
        all.into_iter().try_for_each(|(from, to)| move_if_there(&from, &to))?;
        self.sync()
    }

    /// Moves the file back. What was done of that before is gone on with.
    pub(super) fn bring_back(&self) -> Result<()> {
        self.be_one()?;
        let pairs = with_companions(&self.deleted).into_iter().zip(with_companions(&self.served));
        let mut pairs: Vec<(PathBuf, PathBuf)> = pairs.collect();
        pairs.reverse();
        pairs.iter().try_for_each(|(from, to)| move_if_there(from, to))?;
        self.sync()
    }

    /// Removes the file for ever, wherever it lies.
    pub(super) fn remove(&self) -> Result<()> {
        let all = with_companions(&self.served).into_iter().chain(with_companions(&self.deleted));
        all.into_iter().try_for_each(|path| remove_if_there(&path))
    }

    /// Refuses a file that lies in both places: which of them is the tenant's is not for us to say.
    fn be_one(&self) -> Result<()> {
        if self.served.exists() && self.deleted.exists() {
            let name = self.deleted.file_name().unwrap_or_default().to_string_lossy();
            return Err(Error::PlaceExists { place: format!("file {FOLDER}/{name}") });
        }
        Ok(())
    }

    /// Makes the renamings last.
    fn sync(&self) -> Result<()> {
        for folder in [&self.served, &self.deleted].into_iter().filter_map(|file| file.parent()) {
            if folder.is_dir() {
                sync_folder(folder).map_err(file_error("writing the trash down"))?;
            }
        }
        Ok(())
    }
}

/// Waits until what was done in a folder is on disk.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and its entries are written with the files.
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Renames a file that is there; never onto another.
fn move_if_there(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    if to.exists() {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        return Err(Error::PlaceExists { place: format!("file {name}") });
    }
    fs::rename(from, to).map_err(file_error("moving the tenant's file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of all files in and below a folder.
    fn listed(directory: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for (prefix, folder) in [("", directory.to_owned()), ("trash/", directory.join(FOLDER))] {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let entry = entry.unwrap();
                if entry.path().is_file() {
                    names.push(format!("{prefix}{}", entry.file_name().to_string_lossy()));
                }
            }
        }
        names.sort();
        names
    }

    #[test]
    fn what_was_cut_off_is_gone_on_with() {
        let name = PhysicalName::parse("t_acme_1").unwrap();
        let parts = ["t_acme_1.db", "t_acme_1.db-shm", "t_acme_1.db-wal"];
        let trashed = parts.map(|part| format!("trash/{part}"));
        // Each number of parts that a crash may have left in the trash, the file itself first.
        for moved in 0..=parts.len() {
            let folder = tempfile::tempdir().unwrap();
            let places = Places::of(folder.path(), &name);
            fs::create_dir(folder.path().join(FOLDER)).unwrap();
            for (at, part) in
                ["t_acme_1.db", "t_acme_1.db-wal", "t_acme_1.db-shm"].iter().enumerate()
            {
                let within = if at < moved { FOLDER } else { "" };
                fs::write(folder.path().join(within).join(part), part).unwrap();
            }
            places.set_aside().unwrap();
            assert_eq!(listed(folder.path()), trashed);
            places.set_aside().unwrap();
            places.bring_back().unwrap();
            assert_eq!(listed(folder.path()), parts);
            places.bring_back().unwrap();
            places.remove().unwrap();
            assert!(listed(folder.path()).is_empty());
            places.set_aside().unwrap();
        }
    }

    #[test]
    fn neither_of_two_files_is_taken_for_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::of(folder.path(), &PhysicalName::parse("t_acme_1").unwrap());
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        for within in ["", FOLDER] {
            fs::write(folder.path().join(within).join("t_acme_1.db"), within).unwrap();
        }
        for refused in [places.set_aside(), places.bring_back()] {
            assert!(matches!(refused, Err(Error::PlaceExists { .. })), "{refused:?}");
        }
        assert_eq!(listed(folder.path()), ["t_acme_1.db", "trash/t_acme_1.db"]);
    }
}
