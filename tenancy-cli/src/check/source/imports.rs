//! `Imports`: what the names that a file imports stand for.

use std::collections::BTreeMap;

use syn::{UseTree, visit::Visit};

/// The imports of a file, whichever of its modules they stand in.
#[derive(Debug, Default)]
pub(super) struct Imports(BTreeMap<String, Vec<String>>);

impl Imports {
    pub(super) fn of(file: &syn::File) -> Self {
        let mut imports = Self::default();
        imports.visit_file(file);
        imports
    }

    /// The segments of a path, the first one replaced by what it was imported as.
    pub(super) fn resolve(&self, path: &syn::Path) -> Vec<String> {
        let mut segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // An alias of an alias is followed; a name that is imported as itself ends it.
        for _ in 0..4 {
            let Some(full) = segments.first().and_then(|first| self.0.get(first)) else { break };
            if full.first() == segments.first() {
                segments.splice(..1, full.iter().cloned());
                break;
            }
            segments.splice(..1, full.iter().cloned());
        }
        segments
    }

    fn add(&mut self, prefix: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| {
            let mut full = prefix.to_vec();
            full.push(name.to_string());
            full
        };
        match tree {
            UseTree::Path(path) => self.add(&with(&path.ident), &path.tree),
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last() {
                    self.0.insert(last.clone(), prefix.to_vec());
                }
            }
            UseTree::Name(name) => {
                self.0.insert(name.ident.to_string(), with(&name.ident));
            }
            UseTree::Rename(rename) => {
                let full =
                    if rename.ident == "self" { prefix.to_vec() } else { with(&rename.ident) };
                self.0.insert(rename.rename.to_string(), full);
            }
            UseTree::Glob(_) => {}
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add(prefix, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add(&[], &item.tree);
    }
}
