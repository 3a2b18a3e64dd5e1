//! Why sources of an application could not be written: `SourcesError`.

use std::{io, path::PathBuf};

use tenancy_core::check::sets::SetName;

use crate::registration::Unregistrable;

/// Why sources of an application could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourcesError {
    /// A name that no application can have.
    #[error("`{name}` is not a name for an application: {reason}", name = name.escape_default())]
    ApplicationName { name: String, reason: &'static str },
    /// An application is to be made for no strategy that there is.
    #[error("an application is made for `shared-schema` or for `schema-per-tenant`{}", named(given.as_deref()))]
    StrategyOfNew { given: Option<String> },
    /// The folder of a new application is there.
    #[error("there is a `{folder}` already", folder = folder.display())]
    FolderExists { folder: PathBuf },
    /// A file could not be read or written.
    #[error("`{path}` could not be used", path = path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// There is no package in the working directory.
    #[error("there is no application here: no Cargo.toml with a package")]
    NoApplication,
    /// A name that no migration or table can have.
    #[error("`{name}` is not a name for a {kind}: {reason}", name = name.escape_default())]
    MigrationName { kind: &'static str, name: String, reason: &'static str },
    /// Another migration has what the new one would have.
    #[error("the migration `{by}` ({path}) has {what} already", path = path.display())]
    MigrationTaken { what: &'static str, by: String, path: PathBuf },
    /// The table is created already.
    #[error("the table `{table}` is created already, at {place}")]
    TableTaken { table: String, place: String },
    /// The sources could not be looked at.
    #[error("the sources could not be looked at")]
    NotSurveyed,
    /// A source cannot be read.
    #[error("`{path}` cannot be read, so what it creates is not known", path = path.display())]
    UnreadableSource { path: PathBuf },
    /// A set has no list.
    #[error("the list of the {set} migrations is not found in the sources")]
    NoList { set: SetName },
    /// A set has more than one list.
    #[error("more than one file has a list of {set} migrations: {}", listed(files))]
    SeveralLists { set: SetName, files: Vec<PathBuf> },
    /// The list cannot be added to.
    #[error("the migration cannot be registered in `{path}`", path = path.display())]
    NotRegistered {
        path: PathBuf,
        #[source]
        source: Unregistrable,
    },
}

impl SourcesError {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::ApplicationName { .. } => "CLI112",
            Self::StrategyOfNew { .. } => "CLI113",
            Self::FolderExists { .. } => "CLI114",
            Self::File { .. } => "CLI115",
            Self::NoApplication => "CLI116",
            Self::MigrationName { .. } => "CLI128",
            Self::MigrationTaken { .. } => "CLI129",
            Self::TableTaken { .. } => "CLI130",
            Self::NotSurveyed => "CLI131",
            Self::UnreadableSource { .. } => "CLI132",
            Self::NoList { .. } => "CLI133",
            Self::SeveralLists { .. } => "CLI134",
            Self::NotRegistered { .. } => "CLI135",
        }
    }

    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ApplicationName { .. } => Some("a name looks like `notes` or `my-notes`"),
            Self::StrategyOfNew { .. } => {
                Some("give it `--strategy shared-schema`, unless tenants are few and large")
            }
            Self::FolderExists { .. } => {
                Some("choose another name, or use `tenancy init` in an application that is there")
            }
            Self::NoApplication => Some("go to the folder of the application's Cargo.toml"),
            Self::MigrationName { kind: "migration", .. } => {
                Some("a name looks like `create_tag` or `add_color_to_tag`")
            }
            Self::MigrationName { .. } => Some("a table looks like `tag` or `order_item`"),
            Self::MigrationTaken { what: "the name", .. } => Some("choose another name"),
            Self::MigrationTaken { .. } => {
                Some("the new one would run before it; correct its time stamp first")
            }
            Self::TableTaken { .. } => Some(
                "to change it, use a name like `add_color_to_…` with `--table`; of two that create \
                 one table the second fails",
            ),
            Self::UnreadableSource { .. } => Some("`tenancy check` says what is wrong with it"),
            Self::NoList { .. } => Some(
                "write a function that returns `Vec<Box<dyn TenantMigration>>` (shared: \
                 `MigrationTrait`) as one `vec![…]`",
            ),
            Self::SeveralLists { .. } => Some(
                "say where the set lies by `migrate.shared` and `migrate.tenant` in tenancy.toml",
            ),
            Self::NotRegistered { .. } => Some(
                "write `mod …;` for the migration into the file, and \
                 `Box::new(…::Migration)` into its `vec![…]`",
            ),
            Self::File { .. } | Self::NotSurveyed => None,
        }
    }
}

fn named(given: Option<&str>) -> String {
    given.map(|name| format!(", not for `{}`", name.escape_default())).unwrap_or_default()
}

fn listed(files: &[PathBuf]) -> String {
    let files: Vec<String> = files.iter().map(|file| format!("`{}`", file.display())).collect();
    files.join(", ")
}
