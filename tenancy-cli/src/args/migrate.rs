//! The arguments of `tenancy migrate`.

use clap::Subcommand;
use tenancy_core::migrate::{Canary, RunId};

#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Bring the registry, the shared tables and those of every tenant forward
    #[command(after_help = "\
Each tenant is before or after, never between; a run that was cut off is gone on with by running
again, or with `migrate resume`.

Examples:
  tenancy migrate up
  tenancy migrate up --plan
  tenancy migrate up --jobs 8 --continue-on-error --format json
  tenancy migrate up --canary 5% && tenancy migrate resume

Exit codes: 0 all are up to date, 1 some tenants failed or were skipped, 2 the run could not start")]
    Up {
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        work: WorkArgs,
        /// Only the first tenants by slug: so many, or such a share of them
        #[arg(long, value_name = "N|N%")]
        canary: Option<Canary>,
        /// Only the tables that are present once
        #[arg(long, conflicts_with_all = ["tenant", "exclude", "canary"])]
        shared_only: bool,
        /// Show what would be done, and write nothing
        #[arg(long)]
        plan: bool,
        /// Write nothing, and exit with 1 if anything is pending
        #[arg(long, conflicts_with = "plan")]
        check: bool,
    },
    /// Take migrations back
    #[command(after_help = "\
Examples:
  tenancy migrate down --steps 1
  tenancy migrate down --to m20260102_000001_create_notes --tenant 'trial-*'
  tenancy migrate down --run 01997b1e-5c5b-7c43-8a53-0d9c2f1f5a11

Exit codes: 0 taken back, 1 some tenants failed or were skipped, 2 the run could not start")]
    Down {
        #[command(flatten)]
        what: WhatArgs,
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Go on with a run that was cut off, that had failures, or that was a canary
    #[command(after_help = "\
Examples:
  tenancy migrate resume
  tenancy migrate resume 01997b1e-5c5b-7c43-8a53-0d9c2f1f5a11 --continue-on-error")]
    Resume {
        /// The run [default: the newest that is not done with]
        run: Option<RunId>,
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Note migrations as applied without running them; nothing is looked at
    #[command(after_help = "\
Examples:
  tenancy migrate fake --tenant acme
  tenancy migrate fake --to m20260102_000001_create_notes")]
    Fake {
        /// The last one that is noted; those after it are noted as not applied [default: the last]
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Note as applied what the tables of each tenant show, where there is no ledger yet
    #[command(after_help = "\
For places that were made before the framework came. Tables that fit no migration are left as they
are, and the first difference is named.

Examples:
  tenancy migrate fake-initial
  tenancy migrate fake-initial --tenant acme")]
    FakeInitial {
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Give tenants the seeds of the project that they have not had
    #[command(after_help = "\
A new tenant has had all of them. Each seed runs once for a tenant.

Examples:
  tenancy migrate seed
  tenancy migrate seed --tenant acme --format json

Exit codes: 0 all have them, 1 some tenants failed, 2 it could not start")]
    Seed {
        #[command(flatten)]
        selection: SelectionArgs,
    },
    /// Compare registry, ledgers and tables with what the migrations make; writes nothing
    #[command(after_help = "\
Examples:
  tenancy migrate verify
  tenancy migrate verify --tenant 'acme*' --format json

Exit codes: 0 all are sound, 1 some are not, 2 it could not be looked at")]
    Verify {
        #[command(flatten)]
        selection: SelectionArgs,
        /// List every tenant in the registry as its own ledger says
        #[arg(long)]
        mend: bool,
    },
    /// Compare the entities of the project with what its migrations make; no database is touched
    #[command(after_help = "\
Examples:
  tenancy migrate drift
  tenancy migrate drift --format json

Exit codes: 0 they say the same, 1 they differ, 2 they could not be compared")]
    Drift,
    /// Throw the tables of tenants away with all rows, and make them anew
    #[command(after_help = "\
It is refused unless the configuration says `migrate.fresh = \"allow\"`.

Examples:
  tenancy migrate fresh --yes
  tenancy migrate fresh --tenant acme --yes")]
    Fresh {
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        work: WorkArgs,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Show which migrations are applied, and how far each tenant is; writes nothing
    #[command(after_help = "\
Examples:
  tenancy migrate status
  tenancy migrate status --format json")]
    Status,
    /// List the newest runs, with what each was for; writes nothing
    #[command(after_help = "Example:\n  tenancy migrate runs --limit 5 --format json")]
    Runs {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u64,
    },
}

/// What is taken back.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhatArgs {
    /// So many of the newest migrations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) steps: Option<u32>,
    /// All that came after this one
    #[arg(long, value_name = "NAME")]
    pub(crate) to: Option<String>,
    /// What this run has applied
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<RunId>,
}

/// Which tenants a run is for.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct SelectionArgs {
    /// Only tenants of this slug, with `*` and `?` as wildcards; can be given more than once
    #[arg(long, value_name = "PATTERN")]
    pub(crate) tenant: Vec<String>,
    /// No tenant of this slug, with `*` and `?` as wildcards; can be given more than once
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
}

/// How a run goes about it.
#[derive(Debug, clap::Args)]
pub(crate) struct WorkArgs {
    /// How many tenants are worked on at a time [default: `migrate.jobs` of the configuration]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<String>,
    /// Go on with other tenants after one has failed
    #[arg(long)]
    pub(crate) continue_on_error: bool,
}
