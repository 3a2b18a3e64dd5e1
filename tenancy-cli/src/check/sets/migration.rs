//! `Migration`: one migration as its source shows it.

use syn::{ImplItem, Item, ItemImpl, Type};
use tenancy_core::check::sets::{MigrationRef, SetName};

use super::{Folder, number, steps};
use crate::check::{
    Subject,
    source::{RustFile, line_of, literal},
};

/// One migration as its source shows it.
pub(super) struct Migration<'a> {
    pub(super) set: SetName,
    pub(super) name: String,
    /// Where it stands; `None` of one that was written down.
    pub(super) file: Option<&'a RustFile>,
    pub(super) line: usize,
    /// The type that implements it.
    pub(super) type_name: String,
    pub(super) steps: Vec<Step>,
    /// Its `up` does nothing at all.
    pub(super) is_empty: bool,
}

/// A change that a migration makes.
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) line: usize,
    /// The line at which its statement begins.
    pub(super) statement: usize,
    /// The alternatives that it stands in: which choice, and which way of it.
    pub(super) branches: Vec<(usize, usize)>,
    /// Whether the migration says in code why it makes the step.
    pub(super) is_explained: bool,
}

impl Step {
    /// Whether it creates the table, by its folded name.
    pub(super) fn creates(&self, folded: &str) -> bool {
        matches!(&self.kind, StepKind::Create { table, .. } if table.to_lowercase() == folded)
    }

    /// Whether only one of the two is ever made.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        self.branches.iter().any(|(choice, way)| {
            other.branches.iter().any(|(same, another)| choice == same && way != another)
        })
    }
}

/// What a step changes.
pub(super) enum StepKind {
    Create {
        table: String,
        columns: Vec<String>,
    },
    Drop {
        table: String,
    },
    Rename {
        table: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: String,
    },
    DropColumn {
        table: String,
        column: String,
    },
    /// A table that must be there.
    Reference {
        table: String,
    },
    /// A step that cannot be told, and why.
    Unknown(String),
}

impl Migration<'_> {
    /// Names the migration in a finding that is about all of it.
    pub(super) fn whole(&self) -> MigrationRef {
        self.at(self.line)
    }

    /// Names the migration in a finding about one of its lines.
    pub(super) fn at(&self, line: usize) -> MigrationRef {
        match self.file {
            Some(file) => MigrationRef::new(self.set, self.name.clone(), file.line(line)),
            None => MigrationRef::recorded(self.set, self.name.clone()),
        }
    }

    /// Whether it calls itself a merge.
    pub(super) fn is_merge(&self) -> bool {
        self.name.split('_').any(|word| word.eq_ignore_ascii_case("merge"))
    }
}

/// Reads the migrations of both sets, each set in the order of its names.
pub(super) fn read<'a>(subject: &Subject<'a>, folders: &[Folder]) -> Vec<Migration<'a>> {
    let mut migrations = Vec::new();
    for file in &subject.sources.files {
        let before = migrations.len();
        for (set, item) in implemented(file) {
            migrations.push(one(subject, file, set, item));
        }
        let folder = folders.iter().find(|folder| folder.holds(&file.path));
        if let (Some(folder), true) = (folder, migrations.len() == before)
            && number::is_migration(&file.path)
        {
            migrations.push(unimplemented(file, folder.set));
        }
    }
    migrations.sort_by(|a, b| (a.set, &a.name).cmp(&(b.set, &b.name)));
    migrations
}

/// The migrations that a file implements, by the trait that says which set they belong to.
pub(super) fn implemented(file: &RustFile) -> impl Iterator<Item = (SetName, &ItemImpl)> {
    let items = items(&file.syntax.items);
    items.into_iter().filter_map(|item| {
        let (of, _) = item.trait_.as_ref()?;
        match of.segments.last()?.ident.to_string().as_str() {
            "TenantMigration" => Some((SetName::Tenant, item)),
            "MigrationTrait" => Some((SetName::Shared, item)),
            _ => None,
        }
    })
}

fn items(items: &[Item]) -> Vec<&ItemImpl> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Item::Impl(item) => found.push(item),
            Item::Mod(module) => {
                let inner = module.content.as_ref().map(|(_, inner)| inner.as_slice());
                found.extend(self::items(inner.unwrap_or_default()));
            }
            _ => {}
        }
    }
    found
}

fn one<'a>(
    subject: &Subject<'_>,
    file: &'a RustFile,
    set: SetName,
    item: &ItemImpl,
) -> Migration<'a> {
    let type_name = type_name(&item.self_ty);
    let up = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "up" => Some(function),
        _ => None,
    });
    let (steps, is_empty) = up.map_or_else(Default::default, |up| {
        (steps::read(subject.sources, file, up), steps::is_empty(&up.block))
    });
    Migration {
        set,
        name: own_name(file, &type_name).unwrap_or_else(|| file.module()),
        file: Some(file),
        line: line_of(&item.self_ty),
        type_name,
        steps,
        is_empty,
    }
}

/// A file that is called like a migration and is none.
fn unimplemented(file: &RustFile, set: SetName) -> Migration<'_> {
    let reason = "no migration is implemented where it can be seen".to_owned();
    let step = Step {
        kind: StepKind::Unknown(reason),
        line: 1,
        statement: 1,
        branches: Vec::new(),
        is_explained: false,
    };
    Migration {
        set,
        name: file.module(),
        file: Some(file),
        line: 1,
        type_name: String::new(),
        steps: vec![step],
        is_empty: false,
    }
}

/// What `MigrationName` says; a derived one is the name of the file.
fn own_name(file: &RustFile, type_name: &str) -> Option<String> {
    let named = items(&file.syntax.items).into_iter().find(|item| {
        let of = item.trait_.as_ref().and_then(|(of, _)| of.segments.last());
        of.is_some_and(|of| of.ident == "MigrationName")
            && self::type_name(&item.self_ty) == type_name
    })?;
    named.items.iter().find_map(|item| {
        let ImplItem::Fn(function) = item else { return None };
        match function.block.stmts.last()? {
            syn::Stmt::Expr(expression, None) => literal(expression),
            _ => None,
        }
    })
}

fn type_name(of: &Type) -> String {
    let last = match of {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    };
    last.map(|last| last.ident.to_string()).unwrap_or_default()
}
