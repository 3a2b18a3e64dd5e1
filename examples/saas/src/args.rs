//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

/// A small shop for several tenants.
///
/// The configuration may stand in `tenancy.toml` and in the environment too; `DATABASE_URL` names
/// a PostgreSQL database.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// How tenants are kept apart: `shared-schema` (unless it is configured elsewhere) or
    /// `schema-per-tenant`.
    #[arg(long)]
    pub(crate) strategy: Option<String>,

    /// The address to listen on.
    #[arg(long, env = "TENANCY_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,

    /// The folder for SQLite's files.
    #[arg(long, default_value = "./saas-data")]
    pub(crate) data: PathBuf,

    /// How much is logged: off, error, warn, info, debug or trace.
    #[arg(long, env = "TENANCY_LOG", default_value = "warn")]
    pub(crate) log: LevelFilter,
}
