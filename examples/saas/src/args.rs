//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand};
use tenancy_core::DomainName;
use tracing_subscriber::filter::LevelFilter;

/// A small shop for several tenants.
///
/// The configuration may stand in `tenancy.toml` and in the environment too; `DATABASE_URL` names
/// a PostgreSQL database.
#[derive(Clone, Parser)]
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

    /// The domain that shops get theirs under, and the host where they are asked for.
    #[arg(long, env = "SAAS_DOMAIN", value_name = "HOST", default_value = "localhost")]
    pub(crate) domain: DomainName,

    /// The sites are reached over HTTPS, by way of a server that stands before this one: cookies
    /// are sent over HTTPS only, and addresses have no port.
    #[arg(long, env = "SAAS_HTTPS")]
    pub(crate) https: bool,

    /// The password of the accounts that the first start makes; a random one unless it is said.
    #[arg(long, env = "SAAS_DEMO_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub(crate) demo_password: Option<String>,

    /// How much is logged: off, error, warn, info, debug or trace.
    #[arg(long, env = "TENANCY_LOG", default_value = "warn")]
    pub(crate) log: LevelFilter,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Says who may work in the console.
    Operator {
        #[command(subcommand)]
        command: OperatorCommand,
    },
    /// Checks, migrates and manages the tenants of the shop, instead of serving it.
    #[command(disable_help_flag = true)]
    Tenancy {
        /// What to do; `saas tenancy help` lists everything.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<String>,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Opens the console to somebody. A new account gets the first line of standard input as its
    /// password.
    Add {
        /// The address of the account.
        email: String,

        /// The name of the person, for a new account.
        #[arg(long, default_value = "Operator")]
        name: String,
    },

    /// Closes the console to somebody, whose account stays.
    Remove {
        /// The address of the account.
        email: String,
    },
}
