//! `tenancy db`: the database itself.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Show, or give, the database roles of the addresses the rights that they need and no others
    #[command(after_help = "\
The owner is the role of `database.direct_url`, the application that of `database.url`, and the role that
works across tenants that of `database.central_url`. Passwords are not set: use `\\password` of psql.
PostgreSQL only.

Examples:
  tenancy db roles --print > roles.sql
  tenancy db roles --apply")]
    Roles {
        #[command(flatten)]
        what: RolesArgs,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct RolesArgs {
    /// Write the statements, and run none
    #[arg(long)]
    pub(crate) print: bool,
    /// Run them as the owner, all or none
    #[arg(long)]
    pub(crate) apply: bool,
}
