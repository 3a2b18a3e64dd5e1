//! The arguments of the commands that do the same for each of some tenants.

use std::ffi::OsString;

/// Which tenants, and how many at a time.
#[derive(Debug, clap::Args)]
pub(crate) struct EachArgs {
    /// The tenants by slug; `*` stands for any letters, `?` for one
    #[arg(long, value_name = "PATTERN", required = true)]
    pub(crate) tenant: Vec<String>,
    /// Tenants to leave out
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// How many tenants at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) each: EachArgs,
    /// Let the statement change rows, and keep the changes
    #[arg(long)]
    pub(crate) write: bool,
    /// The statement; of each tenant it sees and changes its own rows only
    #[arg(last = true, required = true, value_name = "SQL")]
    pub(crate) sql: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) each: EachArgs,
    /// The command and its arguments; no shell is involved
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
