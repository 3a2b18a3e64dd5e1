//! `Manifest`: what a `Cargo.toml` says of its package, read without Cargo.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use toml_edit::{Document, Item, Key, TableLike};

use super::Unreadable;

/// What a `Cargo.toml` says of its package.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) path: PathBuf,
    /// The name of the package, if there is one.
    pub(crate) package: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    members: Vec<String>,
    /// The dependencies that members inherit, if it is a workspace.
    inheritance: Option<Inheritance>,
}

/// What the members of a workspace inherit, by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Inheritance(BTreeMap<String, Inherited>);

#[derive(Debug, Clone)]
struct Inherited {
    package: Option<String>,
    /// Where it lies, seen from the application's folder.
    folder: Option<PathBuf>,
}

/// A dependency of the program itself, not of its tests.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) package: String,
    pub(crate) line: Option<usize>,
    /// Whether it is there depends on a feature.
    pub(crate) optional: bool,
    /// Where it lies, seen from the application's folder, if it is taken by a path.
    pub(super) folder: Option<PathBuf>,
    is_inherited: bool,
}

impl Manifest {
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Unreadable> {
        let document = Document::parse(text).map_err(|error| Unreadable {
            path: path.to_owned(),
            line: error.span().map(|span| line(text, span.start)),
            reason: format!("it is no TOML: {}", error.message()),
        })?;
        let top = document.as_table();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut dependencies = dependencies(text, folder, top.get("dependencies"));
        for (_, target) in tables(top.get("target")) {
            dependencies.extend(self::dependencies(text, folder, target.get("dependencies")));
        }
        let workspace = top.get("workspace").and_then(Item::as_table_like);
        let members = workspace.and_then(|table| table.get("members")).and_then(Item::as_array);
        let members = members.into_iter().flatten().filter_map(|member| member.as_str());
        let own = top.get("package").and_then(Item::as_table_like);
        let name = own.and_then(|own| own.get("name")).and_then(Item::as_str);
        Ok(Self {
            path: path.to_owned(),
            package: name.map(str::to_owned),
            dependencies,
            members: members.map(str::to_owned).collect(),
            inheritance: workspace.map(|workspace| inheritance(folder, workspace)),
        })
    }

    /// The folder of the package.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The folders of its members.
    pub(super) fn members(&self, root: &Path) -> Vec<PathBuf> {
        self.members.iter().flat_map(|pattern| self.expand(root, pattern)).collect()
    }

    /// The folders that a member's pattern stands for; `*` is a whole name, as it is in practice.
    fn expand(&self, root: &Path, pattern: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.folder().to_owned()];
        for part in Path::new(pattern).components() {
            if part == Component::Normal("*".as_ref()) {
                folders = folders.iter().flat_map(|folder| subfolders(root, folder)).collect();
            } else {
                folders.iter_mut().for_each(|folder| *folder = joined(folder, part.as_ref()));
            }
        }
        folders
    }

    /// Completes the dependencies that are inherited from the workspace.
    pub(super) fn inherit(&mut self, from: &Inheritance) {
        let inherited = self.dependencies.iter_mut().filter(|dependency| dependency.is_inherited);
        for dependency in inherited {
            let Some(said) = from.0.get(&dependency.package) else { continue };
            dependency.folder.clone_from(&said.folder);
            if let Some(package) = &said.package {
                dependency.package.clone_from(package);
            }
        }
    }

    /// What its members inherit; of a package without a workspace, what the one above says.
    pub(super) fn inheritance(&self, root: &Path) -> Inheritance {
        self.inheritance.clone().or_else(|| inheritance_above(root)).unwrap_or_default()
    }
}

/// Looks for the workspace that an application is a member of.
fn inheritance_above(root: &Path) -> Option<Inheritance> {
    let mut folder = PathBuf::new();
    for _ in 0..8 {
        folder.push("..");
        let path = folder.join("Cargo.toml");
        let text = fs::read_to_string(root.join(&path));
        let manifest = text.ok().and_then(|text| Manifest::parse(&path, &text).ok());
        if let Some(inheritance) = manifest.and_then(|manifest| manifest.inheritance) {
            return Some(inheritance);
        }
    }
    None
}

fn inheritance(folder: &Path, workspace: &dyn TableLike) -> Inheritance {
    let all = tables(workspace.get("dependencies"));
    let inherited = all.map(|(key, table)| {
        let package = package(table).map(str::to_owned);
        (key.to_owned(), Inherited { package, folder: folder_of(folder, table) })
    });
    Inheritance(inherited.collect())
}

/// Where a dependency lies that is taken by a path.
fn folder_of(folder: &Path, dependency: &dyn TableLike) -> Option<PathBuf> {
    let path = dependency.get("path")?.as_str()?;
    Some(joined(folder, Path::new(path)))
}

/// Joins two paths without leaving `..` behind a name.
fn joined(folder: &Path, path: &Path) -> PathBuf {
    let mut joined = folder.to_owned();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if joined.file_name().is_some() => {
                joined.pop();
            }
            Component::ParentDir => joined.push(".."),
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => joined.push(part),
        }
    }
    joined
}

fn dependencies(text: &str, folder: &Path, section: Option<&Item>) -> Vec<Dependency> {
    let Some(section) = section.and_then(Item::as_table_like) else { return Vec::new() };
    let one = |(key, item): (&str, &Item)| {
        let table = item.as_table_like();
        let flag = |name: &str| {
            table.and_then(|table| table.get(name)).and_then(Item::as_bool).unwrap_or(false)
        };
        let span = section.key(key).and_then(Key::span);
        Dependency {
            package: table.and_then(package).unwrap_or(key).to_owned(),
            line: span.map(|span| line(text, span.start)),
            optional: flag("optional"),
            folder: table.and_then(|table| folder_of(folder, table)),
            is_inherited: flag("workspace"),
        }
    };
    section.iter().map(one).collect()
}

fn package(table: &dyn TableLike) -> Option<&str> {
    table.get("package")?.as_str()
}

fn tables(section: Option<&Item>) -> impl Iterator<Item = (&str, &dyn TableLike)> {
    let section = section.and_then(Item::as_table_like);
    let entries = section.into_iter().flat_map(TableLike::iter);
    entries.filter_map(|(key, item)| Some((key, item.as_table_like()?)))
}

fn subfolders(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join(folder)).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| folder.join(entry.file_name())).collect()
}

fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_without_detours() {
        let shown = |folder: &str, path: &str| joined(Path::new(folder), Path::new(path));
        assert_eq!(shown("", "./a"), Path::new("a"));
        assert_eq!(shown("a/b", "../c"), Path::new("a/c"));
        assert_eq!(shown("", "../c"), Path::new("../c"));
        assert_eq!(shown("..", "../c"), Path::new("../../c"));
    }
}
