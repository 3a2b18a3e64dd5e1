//! Everything that can go wrong: `Error`, with a code and a hint, and how it crosses SeaORM.

use std::sync::Arc;

use sea_orm::DbErr;

use crate::{
    check::Findings, migrate::retry, scope::Refusal, storage_trouble::StorageTrouble,
    tenant::TenantStatus,
};

/// The result of what this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. Its text never holds parameter values, addresses or passwords.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that may not stand where it should.
    #[error("`{name}` is not a valid {kind}: {reason}", name = name.escape_default())]
    InvalidName {
        /// What it was to name.
        kind: &'static str,
        /// The name as it came in.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No tenant of this slug, id or domain.
    #[error("no tenant `{tenant}`")]
    UnknownTenant {
        /// What was looked for.
        tenant: String,
    },
    /// The tenant exists and is not served now.
    #[error("the tenant `{slug}` is {status}")]
    NotServed {
        /// The tenant's slug.
        slug: String,
        /// Its status.
        status: TenantStatus,
    },
    /// The handle was opened before the tenant was archived, deleted or moved.
    #[error("the handle of the tenant `{slug}` is older than the tenant's present place")]
    StaleHandle {
        /// The tenant's slug when the handle was opened.
        slug: String,
    },
    /// A statement was refused by scoping.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Decisive checks of the database have found errors.
    #[error("the database is not fit to be used:\n{0}")]
    UnsoundDatabase(Findings),
    /// The database is none that is supported.
    #[error("the database `{backend}` is not supported")]
    UnsupportedDatabase {
        /// Its name.
        backend: String,
    },
    /// The database has no registry yet.
    #[error("the database has not been initialised")]
    NotInitialised,
    /// Another strategy initialised the database.
    #[error(
        "the database was initialised for the strategy `{marked}`, and the application runs `{configured}` (table `tenants_marker`)"
    )]
    OtherStrategy {
        /// The strategy in the marker row.
        marked: String,
        /// The strategy that the application runs.
        configured: String,
    },
    /// A newer release has upgraded the registry's tables.
    #[error(
        "the registry's tables have version {database}, and this release knows version {known}"
    )]
    NewerRegistry {
        /// The version in the marker row.
        database: i32,
        /// The version that this release works with.
        known: i32,
    },
    /// The registry's tables are those of an older release.
    #[error(
        "the registry's tables have version {database}, and this release needs version {known}"
    )]
    OlderRegistry {
        /// The version in the marker row.
        database: i32,
        /// The version that this release works with.
        known: i32,
    },
    /// A name that must be unique is in use.
    #[error("the {what} `{name}` is taken")]
    Taken {
        /// What it names.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A tenant without a domain.
    #[error("the tenant `{slug}` has no domain")]
    NoDomain {
        /// Its slug.
        slug: String,
    },
    /// The domain is none of the tenant's.
    #[error("the tenant has no domain `{domain}`")]
    UnknownDomain {
        /// The domain.
        domain: String,
    },
    /// The only domain of a tenant cannot be removed.
    #[error("`{domain}` is the only domain of the tenant `{slug}`")]
    LastDomain {
        /// The tenant's slug.
        slug: String,
        /// The domain.
        domain: String,
    },
    /// The user is no member of the tenant.
    #[error("the user `{user}` is no member of the tenant")]
    UnknownMember {
        /// The application's id of the user.
        user: String,
    },
    /// The only owner of a tenant stays one.
    #[error("the user `{user}` is the only owner of the tenant `{slug}`")]
    LastOwner {
        /// The tenant's slug.
        slug: String,
        /// The application's id of the user.
        user: String,
    },
    /// The invitation is unknown, used, revoked or out of time. Which one is not told, so that
    /// nobody can feel for tokens.
    #[error("the invitation is not open")]
    InvitationClosed,
    /// A step that a tenant's life does not have.
    #[error("the tenant `{slug}` is {from} and cannot become {to}")]
    StatusChange {
        /// The tenant's slug.
        slug: String,
        /// Its status.
        from: TenantStatus,
        /// The status asked for.
        to: TenantStatus,
    },
    /// The tenant lacks migrations.
    #[error("the tenant `{slug}` is behind: it lacks migrations that the application has")]
    Behind {
        /// The tenant's slug.
        slug: String,
    },
    /// The tenant has migrations that this application does not know.
    #[error("`{place}` has the migration `{migration}`, which the application does not know")]
    UnknownMigration {
        /// The tenant's slug, or the shared tables.
        place: String,
        /// The migration's name.
        migration: String,
    },
    /// The configuration does not fit together, in itself or with the code.
    #[error(transparent)]
    Configuration(#[from] Findings),
    /// The place of a new tenant is taken by something that was there before.
    #[error("`{place}` exists already")]
    PlaceExists {
        /// The schema or file.
        place: String,
    },
    /// A tenant's place is not what it should be.
    #[error("the place of the tenant `{slug}` could not be entered: {reason}")]
    WrongPlace {
        /// The tenant's slug.
        slug: String,
        /// What is wrong.
        reason: String,
    },
    /// A definition names the column that is the strategy's.
    #[error(
        "the table `{table}` has a column `{column}`, which the strategy adds where it is needed"
    )]
    ReservedColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table that is both shared or the framework's own, and one of the tenants'.
    #[error(
        "the table `{table}` is created by a tenant migration, and is a shared table or once was one"
    )]
    TableOnBothSides {
        /// The table.
        table: String,
    },
    /// A migration failed; nothing of it was kept.
    #[error("the migration `{migration}` failed")]
    MigrationFailed {
        /// Its name.
        migration: String,
        /// What the database said.
        #[source]
        source: DbErr,
    },
    /// A seed failed; nothing of it was kept.
    #[error("the seed `{seed}` failed")]
    SeedFailed {
        /// Its name.
        seed: String,
        /// What the database said.
        #[source]
        source: DbErr,
    },
    /// A seed that cannot be told from another one.
    #[error("a seed cannot be named `{seed}`: {reason}")]
    SeedName {
        /// The name.
        seed: String,
        /// What stands against it.
        reason: &'static str,
    },
    /// A hook of the application stood against what was to be done with a tenant.
    #[error("the hook `{hook}` failed for the tenant `{slug}`")]
    HookFailed {
        /// Which one.
        hook: &'static str,
        /// The tenant's slug.
        slug: String,
        /// What it said.
        #[source]
        source: DbErr,
    },
    /// A migration failed after some of its steps, which the database has committed by themselves.
    #[error("the migration `{migration}` was applied in part ({done} of {whole} steps)")]
    AppliedInPart {
        /// The migration.
        migration: String,
        /// How many of its steps have been done.
        done: usize,
        /// How many it has.
        whole: usize,
        /// What the database said of the next one.
        #[source]
        source: DbErr,
    },
    /// The server writes a log of changes, and lets only some users make triggers meanwhile. The
    /// registry's tables tell of changes by triggers.
    #[error("the server refuses triggers of this user while it writes a binary log")]
    TriggersRefused {
        /// What the database said.
        #[source]
        source: DbErr,
    },
    /// A setting of the server that statement scoping rests on is another.
    #[error("the server's setting `{setting}` is not `{needed}`")]
    ServerSetting {
        /// The setting.
        setting: &'static str,
        /// What it must be.
        needed: &'static str,
    },
    /// A foreign key leads to a table that tenants cannot refer to.
    #[error("the table `{table}` refers to `{references}`, {reason}")]
    Reference {
        /// The table.
        table: String,
        /// The table it refers to.
        references: String,
        /// Why it cannot.
        reason: &'static str,
    },
    /// The tenants are left without a reason.
    #[error("the tenants are left without a reason")]
    NoReason,
    /// A file or folder could not be used.
    #[error("{doing} failed: {reason}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        reason: String,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
    /// A migration defines what cannot be laid out for every strategy.
    #[error("the definition holds what cannot be laid out: {what}")]
    UnsupportedDefinition {
        /// What it holds.
        what: String,
    },
    /// A migration that nothing takes back.
    #[error("the migration `{migration}` cannot be taken back")]
    Irreversible {
        /// Its name.
        migration: String,
    },
    /// A migration that works on rows before its tables are ready.
    #[error("the migration `{migration}` has a schema change on the wrong side of a data step")]
    StepOrder {
        /// Its name.
        migration: String,
    },
    /// A migration that may not run as it says, in or outside a transaction.
    #[error("the migration `{migration}` cannot run so: {reason}")]
    OutsideTransaction {
        /// Its name.
        migration: String,
        /// What stands against it.
        reason: &'static str,
    },
    /// A migration is another one than it was when it was applied.
    #[error("the migration `{migration}` has been edited since it was applied")]
    EditedMigration {
        /// Its name.
        migration: String,
    },
    /// A new migration whose name is older than one that has been applied.
    #[error(
        "the migration `{migration}` is new, and `{applied}`, which is newer by its name, has been applied already"
    )]
    LateMigration {
        /// The new migration.
        migration: String,
        /// The newest one that has been applied.
        applied: String,
    },
    /// The set has no migration of this name.
    #[error("the tenant migrations have none named `{migration}`")]
    NoSuchMigration {
        /// The name that was given.
        migration: String,
    },
    /// Some tenants are selected while the tables of all have changes to come.
    #[error(
        "`{migration}` changes the tables that all tenants lie in, and only some tenants are selected"
    )]
    SelectionTooSmall {
        /// The first such migration.
        migration: String,
    },
    /// The configuration does not let the tables of tenants be thrown away.
    #[error("the tables of tenants are not thrown away")]
    FreshRefused,
    /// Another run works on a place.
    #[error("another run works on `{place}`")]
    Busy {
        /// The tenant's slug, or the tables of all tenants.
        place: String,
    },
    /// No run of this id, or none that can be gone on with.
    #[error("no migration run {what}")]
    UnknownRun {
        /// Which one was looked for.
        what: String,
    },
    /// What a run applied is no longer the newest that a tenant has.
    #[error("`{place}` has the migration `{newer}`, which stands on what is to be taken back")]
    NotNewest {
        /// The tenant's slug, or the tables of all tenants.
        place: String,
        /// The migration that stands on it.
        newer: String,
    },
    /// The tables of a place are not those that its ledger says.
    #[error("the tables of `{place}` differ from the migrations: {difference}")]
    Drifted {
        /// The tenant's slug, or the tables of all tenants.
        place: String,
        /// The first difference.
        difference: String,
    },
    /// The database's own rules about rows would not hold.
    #[error("the rules that keep tenants apart would not hold: {reason}")]
    Unsecured {
        /// What is not as it should be.
        reason: String,
        /// What mends it.
        mend: &'static str,
    },
    /// The application's database role is the owner's too.
    #[error("`database.url` and `database.direct_url` name the same role `{role}`")]
    NotSeparated {
        /// The role.
        role: String,
    },
    /// The database has no roles.
    #[error("{backend} has no roles")]
    NoRoles {
        /// The database.
        backend: String,
    },
    /// The tables of an application without tenants cannot become a tenant's.
    #[error("the existing tables cannot become a tenant's: {reason}")]
    NotAdoptable {
        /// What stands in the way.
        reason: String,
    },
    /// Two migrations of one name.
    #[error("two migrations are named `{migration}`")]
    DuplicateMigration {
        /// Their name.
        migration: String,
    },
    /// A migration that stands behind a newer one.
    #[error("the migration `{migration}` stands after `{after}`, which is newer by its name")]
    MigrationOrder {
        /// The migration that is out of order.
        migration: String,
        /// The one before it.
        after: String,
    },
    /// A migration changes a table that no migration before it creates.
    #[error(
        "the migration `{migration}` changes the table `{table}`, which is not there before it"
    )]
    UnknownTable {
        /// The table.
        table: String,
        /// The migration.
        migration: String,
    },
    /// A migration creates a table that is there already.
    #[error("the migration `{migration}` creates the table `{table}`, which is there before it")]
    TableExists {
        /// The table.
        table: String,
        /// The migration.
        migration: String,
    },
    /// A migration creates an enum type that is there already.
    #[error("the migration `{migration}` creates the type `{name}`, which is there before it")]
    TypeExists {
        /// The type.
        name: String,
        /// The migration.
        migration: String,
    },
    /// A migration changes or drops an enum type that is not there before it.
    #[error("the migration `{migration}` needs the type `{name}`, which is not there before it")]
    UnknownType {
        /// The type.
        name: String,
        /// The migration.
        migration: String,
    },
    /// A migration changes what is not there before it, or adds what is.
    #[error("the migration `{migration}` does not fit the tables before it: {reason}")]
    UnfitChange {
        /// The migration.
        migration: String,
        /// What does not fit.
        reason: String,
    },
    /// A transaction pooler stands before what migrations work on, which need sessions of the server.
    #[error(
        "a transaction pooler stands before `database.direct_url`, and migrations need to pass by it"
    )]
    PooledDirect,
    /// A transaction is to end before one within it has. Both are rolled back.
    #[error("a transaction within the transaction has not ended")]
    TransactionWithin,
    /// A place is no orphan.
    #[error("`{place}` is not a place that belongs to nobody")]
    NotOrphaned {
        /// Its name.
        place: String,
    },
    /// A tenant cannot be copied.
    #[error("the tenant was not copied: {reason}")]
    NotCopied {
        /// Why.
        reason: String,
    },
    /// The strategy keeps tenants where another tool writes backups.
    #[error("the tenant `{slug}` was not backed up: {reason}")]
    NotBackedUp {
        /// The tenant's slug.
        slug: String,
        /// Why, and what does it instead.
        reason: String,
    },
    /// There is no connection that is one tenant's alone.
    #[error("no connection can be dedicated to the tenant: {reason}")]
    NotDedicated {
        /// Why.
        reason: String,
    },
    /// All dedicated pools that there may be are in use.
    #[error("all {most} dedicated pools are in use")]
    NoDedicatedPool {
        /// How many there may be.
        most: usize,
    },
    /// The database did not do what it was asked.
    #[error("{doing} failed")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        source: DbErr,
    },
}

impl Error {
    /// The stable code of the error.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a line for each error")]
    pub fn code(&self) -> &'static str {
        if let Self::Database { source, .. } = self
            && let Some(trouble) = StorageTrouble::of(source)
        {
            return trouble.code();
        }
        match self {
            Self::InvalidName { .. } => "COR101",
            Self::UnknownTenant { .. } => "COR102",
            Self::NotServed { .. } => "COR103",
            Self::StaleHandle { .. } => "COR104",
            Self::Refused(refusal) => refusal.code(),
            Self::UnsupportedDatabase { .. } => "COR105",
            Self::Database { .. } => "COR106",
            Self::NotInitialised => "COR107",
            Self::OtherStrategy { .. } => "COR108",
            Self::NewerRegistry { .. } => "COR109",
            Self::Taken { .. } => "COR110",
            Self::NoDomain { .. } => "COR111",
            Self::UnknownDomain { .. } => "COR112",
            Self::LastDomain { .. } => "COR113",
            Self::UnknownMember { .. } => "COR114",
            Self::LastOwner { .. } => "COR115",
            Self::InvitationClosed => "COR116",
            Self::StatusChange { .. } => "COR117",
            Self::Configuration(_) => "COR118",
            Self::PlaceExists { .. } => "COR119",
            Self::WrongPlace { .. } => "COR120",
            Self::File { .. } => "COR121",
            Self::NoRandomness => "COR122",
            Self::NoReason => "COR124",
            Self::UnsoundDatabase(_) => "COR126",
            Self::NotCopied { .. } => "COR132",
            Self::NotOrphaned { .. } => "COR133",
            Self::NotBackedUp { .. } => "COR150",
            Self::NotDedicated { .. } => "COR130",
            Self::NoDedicatedPool { .. } => "COR131",
            Self::Behind { .. } => "MIG107",
            Self::UnknownMigration { .. } => "MIG108",
            Self::Reference { .. } => "MIG109",
            Self::MigrationFailed { .. } => "MIG110",
            Self::AppliedInPart { .. } => "MIG134",
            Self::TableOnBothSides { .. } => "MIG111",
            Self::ReservedColumn { .. } => "MIG112",
            Self::ServerSetting { .. } => "COR123",
            Self::UnsupportedDefinition { .. } => "MIG101",
            Self::Irreversible { .. } => "MIG102",
            Self::DuplicateMigration { .. } => "MIG103",
            Self::MigrationOrder { .. } => "MIG104",
            Self::UnknownTable { .. } => "MIG105",
            Self::TableExists { .. } => "MIG106",
            Self::OlderRegistry { .. } => "COR125",
            Self::EditedMigration { .. } => "MIG117",
            Self::LateMigration { .. } => "MIG118",
            Self::NoSuchMigration { .. } => "MIG119",
            Self::SelectionTooSmall { .. } => "MIG120",
            Self::Busy { .. } => "MIG124",
            Self::FreshRefused => "MIG125",
            Self::UnknownRun { .. } => "MIG121",
            Self::NotNewest { .. } => "MIG122",
            Self::Drifted { .. } => "MIG123",
            Self::Unsecured { .. } => "COR127",
            Self::NotSeparated { .. } => "COR128",
            Self::NoRoles { .. } => "COR129",
            Self::NotAdoptable { .. } => "MIG133",
            Self::StepOrder { .. } => "MIG115",
            Self::OutsideTransaction { .. } => "MIG116",
            Self::TypeExists { .. } => "MIG113",
            Self::UnknownType { .. } => "MIG114",
            Self::UnfitChange { .. } => "MIG130",
            Self::SeedFailed { .. } => "MIG131",
            Self::SeedName { .. } => "MIG132",
            Self::HookFailed { .. } => "COR134",
            Self::PooledDirect => "COR135",
            Self::TransactionWithin => "COR136",
            Self::TriggersRefused { .. } => "COR137",
        }
    }

    /// What to do about it, in a line.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm for each error")]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::InvalidName { kind, .. } => name_hint(kind),
            Self::UnknownTenant { .. } => Some("`tenancy tenant list` shows all tenants"),
            Self::NotServed { .. } => Some("`tenancy tenant resume` puts it back into service"),
            Self::StaleHandle { .. } => Some("open a new handle"),
            Self::Refused(refusal) => refusal.hint(),
            Self::UnsupportedDatabase { .. } => {
                Some("use PostgreSQL, SQLite, MariaDB or MySQL, with the feature of the driver")
            }
            Self::NotInitialised => Some("`tenancy migrate up` initialises it"),
            Self::OtherStrategy { .. } => {
                Some("run the strategy of the database, or give this one a database of its own")
            }
            Self::NewerRegistry { .. } => Some("use the newer release"),
            Self::OlderRegistry { .. } => Some("`tenancy migrate up` brings them forward"),
            Self::Taken { what, .. } => Some(instead_of_taken(what)),
            Self::NoDomain { .. } => Some("give it one: a tenant is reached by its domains"),
            Self::UnknownDomain { .. } => Some("`tenancy domain list` shows its domains"),
            Self::LastDomain { .. } => Some("add another domain first"),
            Self::UnknownMember { .. } => Some("add the user as a member first"),
            Self::LastOwner { .. } => Some("make another member an owner first"),
            Self::InvitationClosed => Some("ask for a new invitation"),
            Self::StatusChange { .. } => Some("see the statuses at `tenancy_core::TenantStatus`"),
            Self::Configuration(_) => None,
            Self::UnsoundDatabase(_) => Some("`tenancy check --database` says everything"),
            Self::PlaceExists { .. } => {
                Some("nothing of it was touched; find out whose it is, and remove or adopt it")
            }
            Self::WrongPlace { .. } | Self::File { .. } | Self::NoRandomness => None,
            Self::ReservedColumn { .. } => {
                Some("leave it out: entities and migrations never mention the tenant")
            }
            Self::TriggersRefused { .. } => Some(
                "set `log_bin_trust_function_creators = 1` on the server, or give the user that migrates \
                 the right `SUPER`",
            ),
            Self::MigrationFailed { source, .. } | Self::AppliedInPart { source, .. }
                if retry::needs_trust(source) =>
            {
                Some("set `log_bin_trust_function_creators = 1` on the server, and run it again")
            }
            Self::MigrationFailed { .. } => Some("mend it and run `tenancy migrate up` again"),
            Self::AppliedInPart { .. } => {
                Some("mend what failed and run `tenancy migrate up` again: it goes on at that step")
            }
            Self::ServerSetting { .. } => Some("set it for the role or the database"),
            Self::NoReason => Some("say in a few words what the access is for"),
            Self::Behind { .. } => Some("`tenancy migrate up` brings it forward"),
            Self::UnknownMigration { .. } => Some("use the application's newer release"),
            Self::Reference { .. } => {
                Some("refer to tenant tables, or to shared tables where the database can")
            }
            Self::UnsupportedDefinition { .. } => {
                Some("say it with plain tables, keys and indexes, or in a migration of its own")
            }
            Self::Irreversible { .. } => {
                Some("write its `down`, or go forward with a new migration")
            }
            Self::EditedMigration { .. } => {
                Some("restore it, and say what changes in a new migration")
            }
            Self::LateMigration { .. } => Some("give it a name that is newer than what is applied"),
            Self::NoSuchMigration { .. } => Some("`tenancy migrate status` shows all"),
            Self::SelectionTooSmall { .. } => {
                Some("run it for all tenants first; data steps can then be run for some")
            }
            Self::FreshRefused => {
                Some("set `migrate.fresh = \"allow\"` where nobody needs the rows")
            }
            Self::Busy { .. } => Some("wait for it to end, and run again"),
            Self::UnknownRun { .. } => Some("`tenancy migrate runs` shows them"),
            Self::NotNewest { .. } => Some("take back what stands on it first"),
            Self::Drifted { .. } => Some("`tenancy migrate verify` shows all differences"),
            Self::Unsecured { mend, .. } => Some(mend),
            Self::NoRoles { .. } => Some("there, who may read the file may read all of it"),
            Self::NotSeparated { .. } => Some(
                "name the owner in `database.direct_url`, and the role that the application is to \
                 have in `database.url`",
            ),
            Self::NotAdoptable { .. } => {
                Some("nothing was changed; mend it and adopt the tables then")
            }
            Self::StepOrder { .. } => Some(
                "split it: schema changes come first in `up` and last in `down`, and what rests on \
                 the data is a later migration",
            ),
            Self::OutsideTransaction { .. } => {
                Some("give the step a migration of its own whose `in_transaction` is false")
            }
            Self::DuplicateMigration { .. } => Some("rename the newer of the two"),
            Self::MigrationOrder { .. } => Some("list migrations in the order of their names"),
            Self::UnknownTable { .. } => Some("create the table in an earlier tenant migration"),
            Self::TableOnBothSides { .. } => Some(
                "give the tenants' table a name of its own: a process from before the change would read \
                 it as shared",
            ),
            Self::TableExists { .. } => {
                Some("one table is created once: remove one of the two creations")
            }
            Self::TypeExists { .. } => {
                Some("one type is created once: remove one of the two creations")
            }
            Self::UnknownType { .. } => Some("create the type in an earlier tenant migration"),
            Self::UnfitChange { .. } => Some("see what the migrations before it have made"),
            Self::SeedFailed { .. } => {
                Some("mend it, and create the tenant or run the seeds again")
            }
            Self::SeedName { .. } => Some("give each seed a name of its own"),
            Self::HookFailed { .. } => {
                Some("nothing was done for the tenant; see what the hook says")
            }
            Self::PooledDirect => {
                Some("set `database.direct_url` to the address of the server itself")
            }
            Self::TransactionWithin => {
                Some("commit the inner one first, or roll it back; what both did is rolled back")
            }
            Self::NotOrphaned { .. } => Some("`tenancy tenant orphan list` lists those that do"),
            Self::NotCopied { .. } => {
                Some("nothing was done; `tenancy tenant create` makes a tenant without rows")
            }
            Self::NotBackedUp { .. } => Some("nothing was written; use the tool that is named"),
            Self::NotDedicated { .. } => Some(
                "use `Tenancy::connection`, which scopes statements; behind a pooler, set \
                 `database.direct_url`",
            ),
            Self::NoDedicatedPool { .. } => {
                Some("raise `database.dedicated_pools`, or drop those that are not needed any more")
            }
            Self::Database { source, .. } => StorageTrouble::of(source).map(StorageTrouble::hint),
        }
    }

    /// Finds the error in what SeaORM returned, if it was one of ours.
    ///
    /// ```
    /// use sea_orm::DbErr;
    /// use tenancy_core::{Error, scope::Refusal};
    ///
    /// let refused = Error::from(Refusal::NotParsed { reason: "no statement".to_owned() });
    /// let crossed = DbErr::from(refused);
    /// assert_eq!(Error::from_db_err(&crossed).map(Error::code), Some("SCO101"));
    /// ```
    #[must_use]
    pub fn from_db_err(error: &DbErr) -> Option<&Self> {
        let DbErr::TryIntoErr { source, .. } = error else { return None };
        source.downcast_ref()
    }

    /// The error with all that caused it, in a line.
    #[must_use]
    pub fn with_sources(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(source) = next {
            text.push_str(": ");
            text.push_str(&source.to_string());
            next = source.source();
        }
        text
    }

    /// For `map_err`: the database failed while something was being done.
    pub(crate) fn database(doing: &'static str) -> impl Fn(DbErr) -> Self {
        move |source| match Self::from_db_err(&source) {
            Some(ours) => ours.clone(),
            None => Self::Database { doing, source },
        }
    }
}

/// What a name of this kind looks like.
fn name_hint(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "slug" => "a slug looks like `acme` or `acme-2`, and is none of the framework's own names",
        "domain" => "a domain looks like `acme.example.com`, without scheme and path",
        "identifier" => "a column or schema looks like `tenant_id`",
        "physical name" => {
            "a schema or file looks like `t_acme_0f3a9b12`, and is none of the database's own"
        }
        "address" => "an address looks like `ann@example.com`",
        "role" => "give one of the roles that are named above",
        "function" => "`scope.functions` names functions as statements call them",
        _ => return None,
    })
}

/// What to do when a name is in use, by what it names.
fn instead_of_taken(what: &str) -> &'static str {
    match what {
        "domain" => "choose another domain, or remove it from the tenant that has it",
        "member" => "`tenancy member role` changes the role of a member",
        "pending invitation" => "revoke the one that is pending, or let the user accept it",
        _ => "choose another name",
    }
}

impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        Self::TryIntoErr {
            from: "statement",
            into: "tenant-bound statement",
            source: Arc::new(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn each_code_is_one_errors() {
        let arms = include_str!("error.rs").lines().filter_map(|line| line.split_once("=> \""));
        let codes = arms.filter_map(|(_, code)| code.split_once('"')).map(|(code, _)| code);
        let codes: Vec<&str> = codes.filter(|code| code.len() == 6).collect();
        let once: BTreeSet<&str> = codes.iter().copied().collect();
        assert!(codes.len() > 60, "{codes:?}");
        assert_eq!(codes.len(), once.len(), "{codes:?}");
    }
}
