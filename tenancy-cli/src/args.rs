//! The command line as it is written: every argument, and the texts of `--help`.

mod db;
mod each;
mod migrate;
mod project;
mod registry;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use db::DbCommand;
pub(crate) use each::{EachArgs, ExecArgs, RunArgs};
pub(crate) use migrate::{MigrateCommand, SelectionArgs, WhatArgs, WorkArgs};
pub(crate) use project::{HowArgs, MigrationCommand, NewArgs};
pub(crate) use registry::{
    DomainCommand, InviteCommand, MemberCommand, NewTenantArgs, OrphanCommand, RenameArgs,
    TenantCommand,
};

/// Multi-tenancy for SeaORM: check, migrate and manage the tenants of an application
#[derive(Debug, Parser)]
#[command(version, long_version = LONG_VERSION, after_help = EXIT_CODES, after_long_help = EXAMPLES, propagate_version = false)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

macro_rules! version_with {
    ($features:literal) => {
        concat!(env!("CARGO_PKG_VERSION"), "\nfeatures: ", $features)
    };
}

/// The version, with the databases that the program was compiled for.
const LONG_VERSION: &str =
    match (cfg!(feature = "mysql"), cfg!(feature = "postgres"), cfg!(feature = "sqlite")) {
        (true, true, true) => version_with!("mysql, postgres, sqlite"),
        (true, true, false) => version_with!("mysql, postgres"),
        (true, false, true) => version_with!("mysql, sqlite"),
        (true, false, false) => version_with!("mysql"),
        (false, true, true) => version_with!("postgres, sqlite"),
        (false, true, false) => version_with!("postgres"),
        (false, false, true) => version_with!("sqlite"),
        (false, false, false) => version_with!("none"),
    };

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, and the answer is not good: findings that are errors, tenants that failed
  2  not done";

const EXAMPLES: &str = "\
Examples:
  tenancy new notes --strategy shared-schema
  tenancy check
  tenancy migrate up --jobs 8 --continue-on-error
  tenancy tenant create acme --domain acme.example.com --owner user-1
  tenancy tenant list --status suspended --format json

Exit codes:
  0  done
  1  done, and the answer is not good: findings that are errors, tenants that failed
  2  not done

Data is written to the standard output, everything else to the standard error.";

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Global {
    /// The configuration file [default: what `TENANCY_CONFIG` names, or else tenancy.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) config: Option<PathBuf>,
    /// How tenants are kept apart; must be what the other places say
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub(crate) strategy: Option<String>,
    /// The address of the database; other users of the machine can see it here, so prefer
    /// `DATABASE_URL`
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(crate) database_url: Option<String>,
    /// How the answer is written
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) format: Format,
    /// Whether there are colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// For programs: an object a line
    Json,
    /// For code scanning, SARIF 2.1.0: findings of `check` only
    Sarif,
}

/// Whether there are colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `check` looks at beside configuration, code and migrations.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct CheckArgs {
    /// Check the live database too, which the command of a project can: it knows the migrations
    #[arg(long)]
    pub(crate) database: bool,
    /// Take a table that nobody owns (DBS002) for an error; implies --database
    #[arg(long)]
    pub(crate) deny_unclassified: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an application for several tenants that builds, serves and passes its tests
    #[command(after_help = "\
Examples:
  tenancy new notes --strategy shared-schema
  tenancy new notes --strategy schema-per-tenant --database postgres")]
    New(NewArgs),
    /// Add what an application on SeaORM lacks of it; nothing is overwritten
    #[command(after_help = "\
It runs in the folder of the application's Cargo.toml, and says what is left to do by hand.

Example:
  tenancy init --strategy shared-schema")]
    Init(HowArgs),
    /// Write migrations
    #[command(subcommand)]
    Migration(MigrationCommand),
    /// Check configuration, code and migrations, and report everything that is wrong at once
    #[command(after_help = "\
It reads the application's folder (tenancy.toml, Cargo.toml, the Rust sources) and compiles nothing. The
command of a project checks what its sources were compiled to instead.

Examples:
  tenancy check
  tenancy check --config deploy/tenancy.toml --format json
  notes check --database --deny-unclassified    the command of a project
  tenancy check --format sarif > tenancy.sarif

Exit codes: 0 nothing found that is an error, 1 an error was found, 2 the check could not run")]
    Check(CheckArgs),
    /// Explain a check: what it finds, why it is wrong, how to fix it
    #[command(after_help = "\
Examples:
  tenancy explain          list all checks
  tenancy explain CFG003")]
    Explain {
        /// The code, such as CFG003; all checks are listed without one
        code: Option<String>,
    },
    /// Show what a statement becomes for a tenant, or why it is refused; it is not sent
    #[command(after_help = "\
Exit codes: 0 it is scoped, 1 it is refused, 2 it could not be looked at

Examples:
  tenancy scope --tenant acme 'SELECT * FROM invoice'
  tenancy scope --tenant acme 'UPDATE invoice SET paid = true WHERE id = $1' --format json")]
    Scope {
        /// The statement, with the placeholders of the database; values are not needed
        sql: String,
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Send a statement for each of some tenants, and show what it answers
    #[command(after_help = "\
The statement is scoped for each tenant; what scoping refuses is not sent. Unless `--write` is given
it must read, and whatever it does is taken back.

Exit codes: 0 all answered, 1 some tenants failed, 2 it could not be sent

Examples:
  tenancy exec --tenant acme -- 'SELECT count(*) AS notes FROM note'
  tenancy exec --tenant '*' --exclude 'trial-*' --jobs 8 --format json -- 'SELECT * FROM note'
  tenancy exec --tenant acme --write -- \"DELETE FROM note WHERE title = ''\"")]
    Exec(ExecArgs),
    /// Run a program for each of some tenants, which the environment tells it
    #[command(after_help = "\
`TENANCY_TENANT` holds the slug, `TENANCY_TENANT_ID` the id. The standard input is empty.

Exit codes: 0 all ended well, 1 for some tenants it did not, 2 it could not be run

Examples:
  tenancy run --tenant '*' -- ./send-invoices
  tenancy run --tenant acme -- sh -c 'echo $TENANCY_TENANT'")]
    Run(RunArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Bring tables forward, and see where they stand
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Create, list and change tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Manage the domains that lead to a tenant
    #[command(subcommand)]
    Domain(DomainCommand),
    /// Manage who belongs to a tenant
    #[command(subcommand)]
    Member(MemberCommand),
    /// Manage invitations into a tenant
    #[command(subcommand)]
    Invite(InviteCommand),
    /// The database itself: its roles
    #[command(subcommand)]
    Db(DbCommand),
    /// Write the manual pages
    #[command(after_help = "\
Example:
  tenancy man ~/.local/share/man/man1")]
    Man {
        /// The folder that they are written to
        folder: PathBuf,
    },
    /// Write a completion script for a shell
    #[command(after_help = "\
Examples:
  tenancy completions bash > ~/.local/share/bash-completion/completions/tenancy
  tenancy completions fish > ~/.config/fish/completions/tenancy.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every value that is set, where it comes from, and no secret
    #[command(after_help = "\
Examples:
  tenancy config show
  TENANCY_MIGRATE__JOBS=8 tenancy config show --format json")]
    Show,
}
