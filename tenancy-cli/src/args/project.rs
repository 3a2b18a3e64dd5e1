//! The arguments of the commands that write an application's sources.

use std::path::PathBuf;

use clap::Subcommand;

use crate::scaffold::Database;

#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// The name of the application and of its folder, as Cargo takes it
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) how: HowArgs,
}

/// How an application is made.
#[derive(Debug, clap::Args)]
pub(crate) struct HowArgs {
    /// The database that it begins with
    #[arg(long, value_enum, value_name = "DATABASE", default_value = "sqlite")]
    pub(crate) database: Database,
    /// Take the framework from this folder with its sources, and not from the registry of crates
    #[arg(long, value_name = "DIR")]
    pub(crate) framework_path: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrationCommand {
    /// Write the file of a new migration, and register it in the list of its set
    #[command(after_help = "\
A name that begins with `create_` names the table that it creates. Nothing is compiled; the list is
found in the sources, and what else stands in its file stays as it is.

Examples:
  tenancy migration new create_tag
  tenancy migration new add_color_to_tag --table tag
  tenancy migration new create_country --shared")]
    New {
        /// What it does, in lower-case words joined by underscores
        name: String,
        /// Of a table that is there once, for all tenants
        #[arg(long, conflicts_with = "tenant")]
        shared: bool,
        /// Of a table that every tenant has (unless said)
        #[arg(long)]
        tenant: bool,
        /// The table that it creates, or changes where it is called `add_…`, `alter_…`, `change_…`,
        /// `drop_…`, `remove_…` or `rename_…`
        #[arg(long, value_name = "TABLE")]
        table: Option<String>,
    },
}
