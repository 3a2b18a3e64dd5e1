//! A copy of the sources under the target folder, in which mutants live; the working tree is never
//! touched.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{cargo, failure::Failure};

/// What is not copied: what cargo and git have made.
const SKIPPED: [&str; 3] = [".git", "target", "saas-data"];

/// The copy.
#[derive(Debug)]
pub(super) struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    /// Makes the copy, or brings one that is left from another run up to date. A file that has not
    /// changed is not written, so that cargo does not compile it again.
    pub(super) fn copy() -> Result<Self, Failure> {
        let workspace = Self { folder: cargo::target().join("mutants") };
        let copied = workspace.mirror();
        copied.map_err(|error| Failure::setup("copy the sources", error))?;
        Ok(workspace)
    }

    /// The folder of the sources.
    pub(super) fn sources(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    /// The target folder of all mutants.
    pub(super) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Where the output of a mutant's tests goes.
    pub(super) fn log(&self, name: &str) -> io::Result<(PathBuf, fs::File)> {
        let folder = self.folder.join("logs");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.txt"));
        let file = fs::File::create(&path)?;
        Ok((path, file))
    }

    fn mirror(&self) -> io::Result<()> {
        let (from, to) = (cargo::workspace(), self.sources());
        let mut files = BTreeSet::new();
        collect(from, Path::new(""), &mut files)?;
        for file in &files {
            let (source, copy) = (from.join(file), to.join(file));
            let text = fs::read(&source)?;
            if fs::read(&copy).ok().as_ref() != Some(&text) {
                fs::create_dir_all(copy.parent().unwrap_or(&to))?;
                fs::write(&copy, text)?;
            }
        }
        let mut present = BTreeSet::new();
        collect(&to, Path::new(""), &mut present)?;
        present.difference(&files).try_for_each(|file| fs::remove_file(to.join(file)))
    }
}

/// The files below a folder, by their paths in it.
fn collect(root: &Path, folder: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let (path, kind) = (folder.join(entry.file_name()), entry.file_type()?);
        let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
        if kind.is_dir() && !skipped && !root.join(&path).join("CACHEDIR.TAG").exists() {
            collect(root, &path, files)?;
        } else if kind.is_file() && !skipped {
            files.insert(path);
        }
    }
    Ok(())
}
