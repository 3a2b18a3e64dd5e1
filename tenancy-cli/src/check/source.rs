//! Reads an application's folder: manifests, Rust files, and the settings of other frameworks.
//!
//! Whatever cannot be read is kept with the reason, for a check to report.

mod expand;
mod facts;
mod imports;
mod manifest;
mod name;
mod rust_file;
mod walk;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tenancy_core::check::Source;

pub(crate) use facts::{Facts, Generic};
pub(crate) use manifest::Manifest;
pub(crate) use name::{Names, attribute, literal, words};
pub(crate) use rust_file::{RustFile, line_of};

/// A file that is kept as text.
#[derive(Debug)]
pub(crate) struct TextFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A file that cannot be used, and why.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) line: Option<usize>,
    pub(crate) reason: String,
}

impl Unreadable {
    pub(crate) fn source(&self) -> Source {
        Source::File { path: self.path.clone(), line: self.line }
    }
}

/// Everything that was read of an application's folder; paths are relative to it.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) root: PathBuf,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) files: Vec<RustFile>,
    /// The settings of frameworks in other languages.
    pub(crate) settings: Vec<TextFile>,
    /// Sources of the application.
    pub(crate) unreadable: Vec<Unreadable>,
    /// What may hold settings, and may as well be somebody's data.
    pub(crate) unseen: Vec<Unreadable>,
    pub(crate) names: Names,
}

impl Sources {
    /// Reads the application in a folder: the package there, the members of its workspace, and the
    /// packages that these take by a path, except those of the framework; and the folders of
    /// migrations, wherever they lie.
    pub(crate) fn read(root: &Path, migrations: &[PathBuf], framework: &[String]) -> Self {
        let mut sources = Self { root: root.to_owned(), ..Self::default() };
        sources.read_packages(framework);
        let packages: Vec<PathBuf> =
            sources.manifests.iter().map(|manifest| manifest.folder().join("src")).collect();
        let folders = packages.into_iter().chain(migrations.iter().cloned());
        let mut seen = BTreeSet::new();
        for folder in folders {
            for path in walk::files(&sources.root, &folder, &["rs"], &mut sources.unreadable) {
                if seen.insert(path.clone()) {
                    sources.read_rust(path);
                }
            }
        }
        let kinds = ["py", "rb", "Gemfile"];
        for path in walk::files(root, Path::new(""), &kinds, &mut sources.unseen) {
            match read_text(root, &path) {
                Ok(text) => sources.settings.push(TextFile { path, text }),
                Err(unreadable) => sources.unseen.push(unreadable),
            }
        }
        sources.names = Names::of(&sources.files);
        sources
    }

    fn read_packages(&mut self, framework: &[String]) {
        let mut pending = vec![PathBuf::new()];
        let mut seen = BTreeSet::new();
        let mut inheritance = None;
        while let Some(folder) = pending.pop() {
            let path = folder.join("Cargo.toml");
            if !seen.insert(path.clone()) || !self.root.join(&path).is_file() {
                continue;
            }
            let Some(text) = self.read_text(&path) else { continue };
            match Manifest::parse(&path, &text) {
                Ok(mut manifest) => {
                    let from = inheritance.get_or_insert_with(|| manifest.inheritance(&self.root));
                    manifest.inherit(from);
                    let own = manifest
                        .dependencies
                        .iter()
                        .filter(|dependency| !framework.contains(&dependency.package));
                    pending.extend(own.filter_map(|dependency| dependency.folder.clone()));
                    pending.extend(manifest.members(&self.root));
                    self.manifests.push(manifest);
                }
                Err(unreadable) => self.unreadable.push(unreadable),
            }
        }
        self.manifests.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn read_rust(&mut self, path: PathBuf) {
        let Some(text) = self.read_text(&path) else { return };
        match RustFile::parse(path, text) {
            Ok(file) => self.files.push(file),
            Err(unreadable) => self.unreadable.push(unreadable),
        }
    }

    fn read_text(&mut self, path: &Path) -> Option<String> {
        let text = read_text(&self.root, path);
        text.map_err(|unreadable| self.unreadable.push(unreadable)).ok()
    }

    /// Whether there is a package to be looked at, readable or not.
    pub(crate) fn has_application(&self) -> bool {
        self.root.join("Cargo.toml").is_file()
    }
}

fn read_text(root: &Path, path: &Path) -> Result<String, Unreadable> {
    let reason = match fs::read(root.join(path)).map(String::from_utf8) {
        Ok(Ok(text)) => return Ok(text),
        Ok(Err(_)) => "it is not UTF-8".to_owned(),
        Err(error) => error.kind().to_string(),
    };
    Err(Unreadable { path: path.to_owned(), line: None, reason })
}
