//! The rows that every tenant begins with: `trait TenantSeed`, run once for each tenant.

mod record;

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
use futures_util::{StreamExt, future::BoxFuture, stream};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::Serialize;

pub(crate) use self::record::PROVISIONED;
use self::record::Records;
use crate::{
    connection::TenantTransaction,
    databases::begin_writing,
    error::{Error, Result},
    hooks::TenantHooks,
    migrate::{
        MigrationSets, Selection, retry,
        tenant::{self, Place},
    },
    name::PhysicalName,
    strategy::Purpose,
    tenancy::Tenancy,
    tenant::{Slug, Tenant},
};

/// Rows that every tenant begins with.
///
/// A new tenant gets them in the transaction in which its tables are made. Those that are there
/// already get a seed that is added later through [`Tenancy::seed`]. Either way it runs once for a
/// tenant, and what it writes is scoped like any statement of the tenant.
///
/// ```
/// use sea_orm::{ConnectionTrait, DbErr};
/// use tenancy_core::{MigrationSets, TenantSeed, TenantTransaction};
///
/// struct FirstNote;
///
/// #[async_trait::async_trait]
/// impl TenantSeed for FirstNote {
///     fn name(&self) -> &str {
///         "first-note"
///     }
///
///     async fn run(&self, transaction: &TenantTransaction) -> Result<(), DbErr> {
///         let insert = "INSERT INTO note (title) VALUES ('The first one')";
///         transaction.execute_unprepared(insert).await.map(|_| ())
///     }
/// }
///
/// let sets = MigrationSets { seeds: vec![Box::new(FirstNote)], ..MigrationSets::default() };
/// assert_eq!(sets.seeds[0].name(), "first-note");
/// ```
#[async_trait]
pub trait TenantSeed: Send + Sync + 'static {
    /// What it is recorded by. Another name makes another seed of it, which runs again.
    fn name(&self) -> &str;

    /// Writes its rows. `transaction.tenant()` says whose they are.
    ///
    /// # Errors
    /// Whatever keeps the rows from being written; nothing of them stays then.
    async fn run(&self, transaction: &TenantTransaction) -> Result<(), DbErr>;
}

/// What a new tenant begins with beside its tables.
#[derive(Default)]
pub(crate) struct Beginning {
    seeds: Vec<Box<dyn TenantSeed>>,
    hooks: Vec<Box<dyn TenantHooks>>,
}

impl Beginning {
    /// Takes seeds and hooks out of what the application brings.
    ///
    /// # Errors
    /// [`Error::SeedName`] for a seed that cannot be told from another one.
    pub(crate) fn take(sets: &mut MigrationSets) -> Result<Self> {
        let seeds = std::mem::take(&mut sets.seeds);
        let hooks = std::mem::take(&mut sets.hooks);
        let mut names = BTreeSet::new();
        for seed in &seeds {
            let refused = |reason| Err(Error::SeedName { seed: seed.name().to_owned(), reason });
            if seed.name().is_empty() || seed.name().starts_with(record::RESERVED) {
                return refused("it is empty or begins with `@`");
            }
            if !names.insert(seed.name()) {
                return refused("two seeds have it");
            }
        }
        Ok(Self { seeds, hooks })
    }

    pub(crate) fn hooks(&self) -> &[Box<dyn TenantHooks>] {
        &self.hooks
    }

    /// Whether a new tenant needs nothing but its tables.
    pub(crate) fn is_empty(&self) -> bool {
        self.seeds.is_empty() && self.hooks.is_empty()
    }
}

impl fmt::Debug for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds: Vec<&str> = self.seeds.iter().map(|seed| seed.name()).collect();
        let hooks = self.hooks.len();
        f.debug_struct("Beginning").field("seeds", &seeds).field("hooks", &hooks).finish()
    }
}

/// What became of a tenant when its seeds were run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum SeedOutcome {
    /// It got rows.
    Seeded {
        /// The seeds that were run, in order.
        seeds: Vec<String>,
    },
    /// It had all of them.
    UpToDate,
    /// It has what it had before.
    Failed {
        /// Why.
        #[serde(serialize_with = "as_text")]
        error: Error,
    },
}

fn as_text<S: serde::Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.with_sources())
}

/// A tenant and what became of it when its seeds were run.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SeededTenant {
    /// The tenant.
    pub tenant: Slug,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: SeedOutcome,
}

/// What the running of seeds did, tenant by tenant.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct SeedReport {
    /// The tenants that were selected, by slug.
    pub tenants: Vec<SeededTenant>,
}

impl SeedReport {
    /// The tenants that have what they had before, with the reasons.
    pub fn failures(&self) -> impl Iterator<Item = (&Slug, &Error)> {
        self.tenants.iter().filter_map(|seeded| match &seeded.outcome {
            SeedOutcome::Failed { error } => Some((&seeded.tenant, error)),
            SeedOutcome::Seeded { .. } | SeedOutcome::UpToDate => None,
        })
    }
}

impl Tenancy {
    /// Runs the seeds that tenants lack, for those selected that a migration run includes by their
    /// status, several at a time. Each tenant gets all that it lacks, or none of it; one that
    /// fails does not hold up the others.
    ///
    /// `progress` is told of each tenant as it ends.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] for a slug in the selection that nobody has,
    /// [`Error::NotInitialised`], [`Error::OlderRegistry`]. What fails for a tenant stands in the
    /// report: [`Error::SeedFailed`], and [`Error::Behind`] for one that lacks migrations.
    pub async fn seed(
        &self,
        selection: &Selection,
        jobs: usize,
        progress: impl Fn(&SeededTenant) + Send + Sync,
    ) -> Result<SeedReport> {
        self.registry().current_marker(self.strategy().name()).await?;
        for slug in selection.named() {
            self.registry().tenant(&slug.parse()?).await?;
        }
        let tenants = self.selected(selection).await?;
        // A closure over borrowed tenants would keep the whole future from being `Send`.
        let mut works: Vec<BoxFuture<'_, SeededTenant>> = Vec::with_capacity(tenants.len());
        for tenant in &tenants {
            works.push(Box::pin(self.seed_one(tenant, &progress)));
        }
        let mut tenants: Vec<SeededTenant> =
            stream::iter(works).buffer_unordered(jobs.max(1)).collect().await;
        tenants.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        Ok(SeedReport { tenants })
    }

    async fn seed_one(
        &self,
        tenant: &Tenant,
        progress: &(dyn Fn(&SeededTenant) + Send + Sync),
    ) -> SeededTenant {
        let outcome = match retry::while_passing(|| self.seed_existing(tenant)).await {
            Ok(seeds) if seeds.is_empty() => SeedOutcome::UpToDate,
            Ok(seeds) => SeedOutcome::Seeded { seeds },
            Err(error) => SeedOutcome::Failed { error },
        };
        let seeded = SeededTenant { tenant: tenant.slug.clone(), outcome };
        progress(&seeded);
        seeded
    }

    async fn seed_existing(&self, tenant: &Tenant) -> Result<Vec<String>> {
        if tenant.migration_head.as_ref() != self.tenant_set().head().map(|head| &head.name) {
            return Err(Error::Behind { slug: tenant.slug.to_string() });
        }
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let schema = route.schema.as_ref();
        tenant::enter(&transaction, Place::of(tenant, schema), self.entering()).await?;
        let (transaction, ran) = self.run_seeds(transaction, tenant, schema).await?;
        transaction.commit().await.map_err(Error::database("committing the tenant's seeds"))?;
        Ok(ran)
    }

    /// Runs the seeds that a tenant lacks in a transaction that has entered its place, and records
    /// them in it; their names.
    async fn run_seeds(
        &self,
        mut transaction: DatabaseTransaction,
        tenant: &Tenant,
        schema: Option<&PhysicalName>,
    ) -> Result<(DatabaseTransaction, Vec<String>)> {
        let records = self.records(tenant);
        records.install(&transaction).await?;
        let recorded = records.read(&transaction).await?;
        let seeds = &self.beginning().seeds;
        let mut ran = Vec::new();
        for seed in seeds.iter().filter(|seed| !recorded.iter().any(|name| name == seed.name())) {
            let name = seed.name();
            let bound =
                TenantTransaction::migrating(transaction, tenant, schema, self.scoper()?).await?;
            let seeded = seed.run(&bound).await;
            seeded.map_err(|source| Error::SeedFailed { seed: name.to_owned(), source })?;
            transaction = bound.into_inner().await?;
            records.write(&transaction, name).await?;
            ran.push(name.to_owned());
        }
        Ok((transaction, ran))
    }

    /// Gives a new tenant its seeds, and tells the hooks, in the transaction that makes its place
    /// and has entered it. What has been done for it before a crash is not done again.
    pub(crate) async fn begin_life(
        &self,
        transaction: DatabaseTransaction,
        tenant: &Tenant,
        schema: Option<&PhysicalName>,
    ) -> Result<DatabaseTransaction> {
        if self.beginning().is_empty() {
            return Ok(transaction);
        }
        let (transaction, _) = self.run_seeds(transaction, tenant, schema).await?;
        let records = self.records(tenant);
        let recorded = records.read(&transaction).await?;
        if recorded.iter().any(|name| name == PROVISIONED) {
            return Ok(transaction);
        }
        let bound =
            TenantTransaction::migrating(transaction, tenant, schema, self.scoper()?).await?;
        for hooks in self.beginning().hooks() {
            let told = hooks.provisioned(tenant, &bound).await;
            told.map_err(|source| Error::HookFailed {
                hook: "provisioned",
                slug: tenant.slug.to_string(),
                source,
            })?;
        }
        let transaction = bound.into_inner().await?;
        records.write(&transaction, PROVISIONED).await?;
        Ok(transaction)
    }

    fn records<'a>(&self, tenant: &'a Tenant) -> Records<'a> {
        let dialect = self.dialect();
        Records { dialect, tenant, beside_tables: !self.strategy().shares_registry(dialect) }
    }
}
