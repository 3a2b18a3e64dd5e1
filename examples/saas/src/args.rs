//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

/// A small shop for several tenants.
///
/// The configuration may stand in `tenancy.toml` and in the environment too; `DATABASE_URL` names
/// a PostgreSQL database.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// How tenants are kept apart: `shared-schema` (unless it is configured elsewhere) or
    /// `schema-per-tenant`.
    #[arg(long)]
    pub(crate) strategy: Option<String>,

    /// The configuration file [default: what `TENANCY_CONFIG` names, or else tenancy.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The address to listen on.
    #[arg(long, env = "TENANCY_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,

    /// The folder for SQLite's files.
    #[arg(long, default_value = "./saas-data")]
    pub(crate) data: PathBuf,

    /// How much is logged: off, error, warn, info, debug or trace.
    #[arg(long, env = "TENANCY_LOG", default_value = "warn")]
    pub(crate) log: LevelFilter,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Checks, migrates and manages the tenants of the shop, instead of serving it.
    #[command(disable_help_flag = true)]
    Tenancy {
        /// What to do; `saas tenancy help` lists everything.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<String>,
    },
}
