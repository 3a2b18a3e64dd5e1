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
    pub(crate) dependencies: Vec<Dependency>,
    members: Vec<String>,
    /// The dependencies that members inherit, by key, with the package that each is.
    workspace: Option<Renamed>,
}

type Renamed = BTreeMap<String, String>;

/// A dependency of the program itself, not of its tests.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) package: String,
    pub(crate) line: Option<usize>,
    /// Whether it is there depends on a feature.
    pub(crate) optional: bool,
    path: Option<String>,
    inherited: bool,
}

impl Manifest {
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Unreadable> {
        let document = Document::parse(text).map_err(|error| Unreadable {
            path: path.to_owned(),
            line: error.span().map(|span| line(text, span.start)),
            reason: format!("it is no TOML: {}", error.message()),
        })?;
        let top = document.as_table();
        let mut dependencies = dependencies(text, top.get("dependencies"));
        for (_, target) in tables(top.get("target")) {
            dependencies.extend(self::dependencies(text, target.get("dependencies")));
        }
        let workspace = top.get("workspace").and_then(Item::as_table_like);
        let members = workspace.and_then(|table| table.get("members")).and_then(Item::as_array);
        let members = members.into_iter().flatten().filter_map(|member| member.as_str());
        Ok(Self {
            path: path.to_owned(),
            dependencies,
            members: members.map(str::to_owned).collect(),
            workspace: workspace.map(renamed),
        })
    }

    /// The folder of the package.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The manifests of its members, and of the packages that it takes by a path, as far as they
    /// lie in the application's folder.
    pub(super) fn packages_below(&self, root: &Path) -> Vec<PathBuf> {
        let by_path = self.dependencies.iter().filter_map(|dependency| dependency.path.as_deref());
        let members = self.members.iter().map(String::as_str);
        let folders = members.chain(by_path).flat_map(|pattern| self.expand(root, pattern));
        folders.map(|folder| folder.join("Cargo.toml")).collect()
    }

    /// The folders that a member's pattern stands for; `*` is a whole name, as it is in practice.
    fn expand(&self, root: &Path, pattern: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.folder().to_owned()];
        for part in Path::new(pattern).components() {
            let Component::Normal(part) = part else {
                if part == Component::CurDir {
                    continue;
                }
                return Vec::new();
            };
            if part == "*" {
                folders = folders.iter().flat_map(|folder| subfolders(root, folder)).collect();
            } else {
                folders.iter_mut().for_each(|folder| folder.push(part));
            }
        }
        folders
    }

    /// Names the packages that are inherited from the workspace under another name.
    pub(super) fn resolve_workspace(&mut self, renamed: &Renamed) {
        for dependency in self.dependencies.iter_mut().filter(|dependency| dependency.inherited) {
            if let Some(package) = renamed.get(&dependency.package) {
                dependency.package.clone_from(package);
            }
        }
    }
}

/// What the workspace of the packages calls its dependencies: the one in the folder, or one above.
pub(super) fn renamed_in_workspace(root: &Path, manifests: &[Manifest]) -> Renamed {
    if let Some(renamed) = manifests.iter().find_map(|manifest| manifest.workspace.clone()) {
        return renamed;
    }
    let Ok(here) =
        fs::canonicalize(if root.as_os_str().is_empty() { Path::new(".") } else { root })
    else {
        return Renamed::new();
    };
    let above = here.ancestors().skip(1).take(8).find_map(|folder| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let manifest = Manifest::parse(Path::new("Cargo.toml"), &text).ok()?;
        manifest.workspace
    });
    above.unwrap_or_default()
}

fn renamed(workspace: &dyn TableLike) -> Renamed {
    let all = tables(workspace.get("dependencies"));
    all.filter_map(|(key, table)| Some((key.to_owned(), package(table)?.to_owned()))).collect()
}

fn dependencies(text: &str, section: Option<&Item>) -> Vec<Dependency> {
    let Some(section) = section.and_then(Item::as_table_like) else { return Vec::new() };
    let one = |(key, item): (&str, &Item)| {
        let table = item.as_table_like();
        let flag = |name: &str| {
            table.and_then(|table| table.get(name)).and_then(Item::as_bool).unwrap_or(false)
        };
        let path = table.and_then(|table| table.get("path")).and_then(Item::as_str);
        let span = section.key(key).and_then(Key::span);
        Dependency {
            package: table.and_then(package).unwrap_or(key).to_owned(),
            line: span.map(|span| line(text, span.start)),
            optional: flag("optional"),
            path: path.map(str::to_owned),
            inherited: flag("workspace"),
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
