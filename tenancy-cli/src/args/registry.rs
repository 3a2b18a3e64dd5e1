//! The arguments of the commands on the registry: tenants, domains, members, invitations.

use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use tenancy_core::{Role, TenantStatus};

fn status() -> impl TypedValueParser<Value = TenantStatus> {
    PossibleValuesParser::new(TenantStatus::ALL.map(TenantStatus::as_str))
        .try_map(|status| status.parse::<TenantStatus>())
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|role| role.parse::<Role>())
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant, with all that it needs or not at all
    #[command(after_help = "\
Examples:
  tenancy tenant create acme --domain acme.example.com --name 'Acme Ltd' --owner user-1
  tenancy tenant create globex --domain globex.example.com --domain globex.example.org \\
      --settings '{\"plan\": \"free\"}'")]
    Create(NewTenantArgs),
    /// Make the tables of an application without tenants those of its first one, with all rows
    #[command(after_help = "\
The tables have to be those that the tenant migrations make. Nothing is changed unless all of it can
be; stop the application, and have a backup.

Examples:
  tenancy tenant adopt acme --domain acme.example.com
  tenancy tenant adopt acme --domain acme.example.com --leave spatial_ref_sys")]
    Adopt {
        #[command(flatten)]
        new: NewTenantArgs,
        /// A table that is no tenant's and stays as it is; may be repeated
        #[arg(long = "leave", value_name = "TABLE")]
        leave: Vec<String>,
    },
    /// Make a new tenant with the rows that another one has now
    #[command(after_help = "\
Its tables are made by the migrations; what somebody has made by hand in the other tenant's place is
named, and nothing is done. Members, domains and invitations are not copied. For a tenant without rows
use `tenant create`.

Example:
  tenancy tenant duplicate acme acme-staging --domain staging.acme.example.com")]
    Duplicate {
        /// The slug of the tenant whose rows are copied
        #[arg(value_name = "FROM")]
        from: String,
        #[command(flatten)]
        new: NewTenantArgs,
    },
    /// Write what a tenant has at this moment into a file, while it is worked with
    #[command(after_help = "\
It is for tenants with a SQLite file of their own, and the backup is such a file. It must not be there
yet, and is there when it is complete.

To put it back, take the tenant out of service with `tenant archive`, remove its file and those beside
it whose names end in `-wal` and `-shm`, and copy the backup to where the file was; `migrate up` brings
it forward, and `tenant resume` serves it. A tenant that is gone comes back by `tenant orphan adopt`.

Example:
  tenancy tenant backup acme /backups/acme-2026-05-01.db")]
    Backup {
        /// The tenant's slug
        slug: String,
        /// The file to write
        file: std::path::PathBuf,
    },
    /// Find places that were made for a tenant and belong to none, and mend that
    #[command(subcommand)]
    Orphan(OrphanCommand),
    /// Make places ahead of time, so that new tenants wait for no table to be created
    #[command(after_help = "\
Where all tenants lie in the same tables there is nothing to make.

Example:
  tenancy tenant prepare --count 20")]
    Prepare {
        /// How many are to stand ready
        #[arg(long, value_name = "N")]
        count: u64,
    },
    /// List tenants in the order of their slugs
    #[command(after_help = "\
Examples:
  tenancy tenant list
  tenancy tenant list --status suspended --format json")]
    List {
        /// Only those of this status
        #[arg(long, value_parser = status())]
        status: Option<TenantStatus>,
    },
    /// Show a tenant with its domains, members and newest migration
    #[command(after_help = "Example:\n  tenancy tenant show acme")]
    Show {
        /// The tenant's slug
        slug: String,
    },
    /// Stop serving a tenant; its data is kept and kept up to date
    #[command(after_help = "Example:\n  tenancy tenant suspend acme")]
    Suspend {
        /// The tenant's slug
        slug: String,
    },
    /// Serve a suspended or archived tenant again
    #[command(after_help = "Example:\n  tenancy tenant resume acme")]
    Resume {
        /// The tenant's slug
        slug: String,
    },
    /// Stop serving a tenant for long; its data is kept as it is
    #[command(after_help = "Example:\n  tenancy tenant archive acme")]
    Archive {
        /// The tenant's slug
        slug: String,
    },
    /// Take a tenant out of service and, when the grace period is over, remove it with its data
    #[command(after_help = "\
The first call takes it out of service and keeps its data for the grace period (`tenants.grace_days`),
in which `tenant restore` brings it back. A call after that removes its data for ever, and so does
`--at-once` before. It says what will happen and asks for the slug; `--yes` takes its place where
nobody can be asked.

Examples:
  tenancy tenant delete acme
  tenancy tenant delete acme --at-once --yes")]
    Delete {
        /// The tenant's slug
        slug: String,
        /// Remove its data now, whatever the grace period
        #[arg(long)]
        at_once: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Bring back a tenant that was deleted, as a suspended one
    #[command(after_help = "Example:\n  tenancy tenant restore acme")]
    Restore {
        /// The tenant's slug
        slug: String,
    },
    /// Give a tenant another slug or name; where its data lies does not change
    #[command(after_help = "\
Examples:
  tenancy tenant rename acme --slug acme-group
  tenancy tenant rename acme --name 'Acme Group'")]
    Rename(RenameArgs),
    /// Go on with a tenant whose creation was cut off
    #[command(after_help = "Example:\n  tenancy tenant finish acme")]
    Finish {
        /// The tenant's slug
        slug: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrphanCommand {
    /// List them
    #[command(after_help = "Example:\n  tenancy tenant orphan list")]
    List,
    /// Make a tenant of one, with the rows that lie there
    #[command(after_help = "\
Example:
  tenancy tenant orphan adopt t_acme_0f3a9b12 acme --domain acme.example.com")]
    Adopt {
        /// The name of the place
        place: String,
        #[command(flatten)]
        new: NewTenantArgs,
    },
    /// Remove one for ever, with the rows that lie there
    #[command(after_help = "\
It asks for the name of the place; `--yes` takes its place where nobody can be asked.

Example:
  tenancy tenant orphan remove t_acme_0f3a9b12")]
    Remove {
        /// The name of the place
        place: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct NewTenantArgs {
    /// The slug: lower-case letters, digits and hyphens, at most 63 bytes
    pub(crate) slug: String,
    /// A domain that leads to it; the first one is the primary one
    #[arg(long = "domain", value_name = "DOMAIN", required = true)]
    pub(crate) domains: Vec<String>,
    /// What it is called [default: the slug]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The application's id of the user who owns it
    #[arg(long, value_name = "USER")]
    pub(crate) owner: Option<String>,
    /// What the application keeps about it, a JSON object
    #[arg(long, value_name = "JSON")]
    pub(crate) settings: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RenameArgs {
    /// The tenant's slug
    pub(crate) slug: String,
    #[command(flatten)]
    pub(crate) to: NewNames,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct NewNames {
    /// Its new slug
    #[arg(id = "new_slug", long = "slug", value_name = "NEW")]
    pub(crate) slug: Option<String>,
    /// Its new name
    #[arg(id = "new_name", long = "name", value_name = "NEW")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DomainCommand {
    /// Let a domain lead to a tenant
    #[command(after_help = "Example:\n  tenancy domain add acme acme.example.org")]
    Add {
        /// The tenant's slug
        slug: String,
        /// The host name
        domain: String,
    },
    /// Let a domain lead nowhere; the only one of a tenant stays
    #[command(after_help = "Example:\n  tenancy domain remove acme acme.example.org")]
    Remove {
        /// The tenant's slug
        slug: String,
        /// The host name
        domain: String,
    },
    /// Make a domain the one that links and redirects use
    #[command(after_help = "Example:\n  tenancy domain primary acme acme.example.org")]
    Primary {
        /// The tenant's slug
        slug: String,
        /// The host name
        domain: String,
    },
    /// List the domains of a tenant, the primary one first
    #[command(after_help = "Example:\n  tenancy domain list acme")]
    List {
        /// The tenant's slug
        slug: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Make a user a member of a tenant
    #[command(after_help = "Example:\n  tenancy member add acme user-2 --role admin")]
    Add {
        /// The tenant's slug
        slug: String,
        /// The application's id of the user
        user: String,
        /// What the user may do there
        #[arg(long, value_parser = role())]
        role: Role,
    },
    /// End a user's membership; the only owner stays
    #[command(after_help = "Example:\n  tenancy member remove acme user-2")]
    Remove {
        /// The tenant's slug
        slug: String,
        /// The application's id of the user
        user: String,
    },
    /// Give a member another role; the only owner stays one
    #[command(after_help = "Example:\n  tenancy member role acme user-2 owner")]
    Role {
        /// The tenant's slug
        slug: String,
        /// The application's id of the user
        user: String,
        /// What the user may do there
        #[arg(value_parser = role())]
        role: Role,
    },
    /// List the members of a tenant
    #[command(after_help = "Example:\n  tenancy member list acme")]
    List {
        /// The tenant's slug
        slug: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum InviteCommand {
    /// Invite a mail address; the token is written to the standard output, this once
    #[command(after_help = "Example:\n  tenancy invite create acme anna@example.com --role user")]
    Create {
        /// The tenant's slug
        slug: String,
        /// The mail address
        address: String,
        /// The role that the invitation gives
        #[arg(long, value_parser = role())]
        role: Role,
        /// For how many days it can be accepted
        #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
        /// The application's id of the user who invites
        #[arg(long, value_name = "USER")]
        by: Option<String>,
    },
    /// Accept an invitation for a user
    #[command(after_help = "\
Examples:
  tenancy invite accept - --user user-3 < token
  tenancy invite accept 5f0c… --user user-3     (other users of the machine can see it)")]
    Accept {
        /// The token; `-` reads it from the standard input
        token: String,
        /// The application's id of the user
        #[arg(long)]
        user: String,
    },
    /// Take an invitation back
    #[command(after_help = "Example:\n  tenancy invite revoke acme 0198c3f2-…")]
    Revoke {
        /// The tenant's slug
        slug: String,
        /// The id that `list` shows
        id: String,
    },
    /// List the invitations of a tenant, the newest first
    #[command(after_help = "Example:\n  tenancy invite list acme")]
    List {
        /// The tenant's slug
        slug: String,
    },
}
