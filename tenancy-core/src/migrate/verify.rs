//! Compares what the registry says of a place, what the place's own ledger says, and what tables are
//! really there.

use std::{collections::BTreeSet, fmt};

use chrono::Utc;
use futures_util::{StreamExt, future::BoxFuture, stream};
use sea_orm::DatabaseTransaction;
use serde::Serialize;

use super::{
    history::{Direction, RunId},
    layout::LaidOutMigration,
    ledger,
    report::{MigrationReport, Outcome, TenantOutcome},
    retry,
    run::{MigrateOptions, Run},
    select::Selection,
    structure::{self, Difference, Majority, Structure, majority},
    tenant::{self, Place},
};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    introspect,
    registry::{Registry, schema},
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
    tenant::Tenant,
};

/// What was found in the places of tenants.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// How many places were looked at.
    pub places: usize,
    /// Those in which something is not as it should be, by name.
    pub unsound: Vec<PlaceVerdict>,
    /// Which places differ from the structure that most have; `None` where there is one place, or
    /// none.
    pub drift: Option<Majority>,
}

/// What is not as it should be in a place.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PlaceVerdict {
    /// The tenant's slug, or what the tables are.
    pub place: String,
    /// All that was found.
    pub problems: Vec<Problem>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Problem {
    /// The place cannot be looked at.
    Unreadable {
        /// Why.
        reason: String,
    },
    /// The registry and the place's ledger name different newest migrations.
    Head {
        /// What the registry says; `None` for no migration.
        registry: Option<String>,
        /// What the ledger says; `None` for no migration.
        ledger: Option<String>,
    },
    /// The ledger lacks a migration while it has a newer one.
    Gap {
        /// The migration.
        migration: String,
    },
    /// The ledger has a migration that the application does not know.
    UnknownMigration {
        /// The migration.
        migration: String,
    },
    /// The tables are not those that the ledger says.
    Table(Difference),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |name: &Option<String>| match name {
            Some(name) => format!("`{name}`"),
            None => "none".to_owned(),
        };
        match self {
            Self::Unreadable { reason } => f.write_str(reason),
            Self::Head { registry, ledger } => write!(
                f,
                "the newest migration is {} by the registry and {} by the ledger",
                or_none(registry),
                or_none(ledger)
            ),
            Self::Gap { migration } => {
                write!(f, "the ledger lacks `{migration}` and has a newer one")
            }
            Self::UnknownMigration { migration } => {
                write!(f, "the ledger has `{migration}`, which the application does not know")
            }
            Self::Table(difference) => difference.fmt(f),
        }
    }
}

/// A place as it was found.
struct Found {
    applied: Vec<String>,
    structure: Structure,
}

impl Tenancy {
    /// Compares, for each selected tenant, the registry's account, the ledger beside the tables,
    /// and the tables themselves with what the migrations make. Writes nothing.
    ///
    /// # Errors
    /// [`Error::NotInitialised`], and [`Error::Database`] when the registry cannot be read. What
    /// cannot be read of a tenant stands in the result.
    pub async fn verify(&self, selection: &Selection, jobs: usize) -> Result<Verification> {
        self.registry().marker(self.strategy().name()).await?;
        let migrations = self.laid_out().await?;
        let references = self.references(&migrations).await?;
        if self.strategy().tenant_ddl() == TenantDdl::Once {
            return Box::pin(self.verify_once(&migrations, &references)).await;
        }
        let tenants = self.selected(selection).await?;
        let mut works: Vec<BoxFuture<'_, (PlaceVerdict, Option<String>)>> = Vec::new();
        for tenant in &tenants {
            works.push(Box::pin(self.verify_one(tenant, &migrations, &references)));
        }
        let looked: Vec<(PlaceVerdict, Option<String>)> =
            stream::iter(works).buffered(jobs.max(1)).collect().await;
        let mut verification = Verification { places: tenants.len(), ..Verification::default() };
        let prints: Vec<(&str, &str)> = looked
            .iter()
            .filter_map(|(verdict, print)| Some((verdict.place.as_str(), print.as_deref()?)))
            .collect();
        verification.drift = majority(&prints).filter(|_| prints.len() > 1);
        let unsound = looked.into_iter().map(|(verdict, _)| verdict);
        verification.unsound = unsound.filter(|verdict| !verdict.problems.is_empty()).collect();
        Ok(verification)
    }

    async fn verify_one(
        &self,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
        references: &[Structure],
    ) -> (PlaceVerdict, Option<String>) {
        let place = tenant.slug.to_string();
        match self.found(tenant).await {
            Ok(found) => {
                let head = Some(&tenant.migration_head);
                let problems = problems(head, &found, migrations, references);
                (PlaceVerdict { place, problems }, Some(found.structure.fingerprint()))
            }
            Err(error) => {
                let problems = vec![Problem::Unreadable { reason: error.with_sources() }];
                (PlaceVerdict { place, problems }, None)
            }
        }
    }

    async fn found(&self, tenant: &Tenant) -> Result<Found> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let found = self.look_around(&transaction, place).await?;
        transaction.rollback().await.map_err(Error::database("leaving the tenant's place"))?;
        Ok(found)
    }

    async fn look_around(
        &self,
        transaction: &DatabaseTransaction,
        place: Place<'_>,
    ) -> Result<Found> {
        let schema = place.schema.map(crate::PhysicalName::as_str);
        let applied = ledger::applied(transaction).await?;
        let own: Vec<&str> = schema::TABLES.to_vec();
        let structure =
            structure::of_place(transaction, schema, &|table| own.contains(&table)).await?;
        Ok(Found { applied, structure })
    }

    async fn verify_once(
        &self,
        migrations: &[LaidOutMigration],
        references: &[Structure],
    ) -> Result<Verification> {
        let found = self.found_once().await?;
        let shared = self.shared_names();
        let tenant = |name: &String| !shared.contains(name);
        let applied = found.applied.into_iter().filter(tenant).collect();
        let found = Found { applied, structure: found.structure };
        let problems = problems(None, &found, migrations, references);
        let place = Place::of_all().label.to_owned();
        let unsound =
            if problems.is_empty() { Vec::new() } else { vec![PlaceVerdict { place, problems }] };
        Ok(Verification { places: 1, unsound, drift: None })
    }

    /// The tables that all tenants lie in: whatever is neither the framework's nor shared.
    async fn found_once(&self) -> Result<Found> {
        let transaction = begin_writing(&self.databases().direct).await?;
        let shared: BTreeSet<String> =
            introspect::ever_shared(&transaction).await?.into_iter().collect();
        let applied = ledger::applied(&transaction).await?;
        let leave_out = |table: &str| schema::TABLES.contains(&table) || shared.contains(table);
        let structure = structure::of_place(&transaction, None, &leave_out).await?;
        transaction.rollback().await.map_err(Error::database("leaving the tables"))?;
        Ok(Found { applied, structure })
    }

    /// Notes as applied what the tables of each selected tenant show: the most migrations after
    /// which a place has exactly the tables that are there. For places that were made before the
    /// framework came. A tenant that has a ledger already is left as it is, and one whose tables
    /// fit no migration fails with the first difference.
    ///
    /// # Errors
    /// Those of [`Tenancy::fake`].
    pub async fn fake_initial(
        &self,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        self.registry().install(self.strategy().name()).await?;
        let migrations = self.laid_out().await?;
        let references = self.references(&migrations).await?;
        let run = Run::new(options, &progress, Direction::Up, None);
        let id = run.id(self).await?;
        let mut report = MigrationReport { run: Some(id), ..MigrationReport::default() };
        match self.strategy().tenant_ddl() {
            TenantDdl::Once => {
                let found = self.found_once().await?;
                let shared = self.shared_names();
                if found.applied.iter().all(|name| shared.contains(name)) {
                    let until = fitting(&found.structure, &references)
                        .map_err(drifted(Place::of_all().label))?;
                    self.fake_once(&run, &migrations, until, &mut report).await?;
                }
            }
            TenantDdl::PerTenant => {
                let tenants = self.selected(&options.selection).await?;
                report.tenants = self
                    .work_on(&run, id, &tenants, &|tenant| {
                        let (migrations, references) = (&*migrations, &*references);
                        Box::pin(retry::while_passing(move || {
                            self.note_what_fits(id, tenant, migrations, references)
                        }))
                    })
                    .await;
            }
        }
        if report.is_complete() {
            self.history().finish(id).await?;
        }
        self.load_catalog().await?;
        Ok(report)
    }

    async fn note_what_fits(
        &self,
        run: RunId,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
        references: &[Structure],
    ) -> Result<Outcome> {
        let found = self.found(tenant).await?;
        if !found.applied.is_empty() {
            return Ok(Outcome::UpToDate);
        }
        let until = fitting(&found.structure, references).map_err(drifted(tenant.slug.as_str()))?;
        self.fake_one(run, tenant, migrations, until).await
    }

    /// Lists every tenant in the registry as its own ledger says, where the two differ, such as
    /// after a place was restored from a backup. What cannot be read is left as it is.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry cannot be read or written.
    pub async fn mend_heads(&self, selection: &Selection) -> Result<Vec<Tenant>> {
        self.registry().current_marker(self.strategy().name()).await?;
        if self.strategy().tenant_ddl() == TenantDdl::Once {
            return Ok(Vec::new());
        }
        let migrations = self.laid_out().await?;
        let mut mended = Vec::new();
        for tenant in self.selected(selection).await? {
            let Ok(found) = self.found(&tenant).await else { continue };
            let newest = migrations.iter().rev().find(|m| has(&found, m));
            if newest.map(LaidOutMigration::name) != tenant.migration_head.as_deref() {
                let newest = newest.map(|migration| &migration.recorded);
                Registry::set_head(self.registry().database(), tenant.id, newest, Utc::now())
                    .await?;
                mended.push(tenant);
            }
        }
        Ok(mended)
    }
}

fn has(found: &Found, migration: &LaidOutMigration) -> bool {
    found.applied.iter().any(|name| name == migration.name())
}

/// The most migrations after which the tables are those that were found; the first difference to
/// the nearest structure if they never are.
pub(super) fn fitting(
    found: &Structure,
    references: &[Structure],
) -> std::result::Result<usize, String> {
    let is_same = |reference: &Structure| {
        found.difference(reference).iter().all(Difference::is_in_names_only)
    };
    if let Some(until) = references.iter().rposition(is_same) {
        return Ok(until);
    }
    let is_table = |difference: &&Difference| {
        matches!(difference, Difference::MissingTable { .. } | Difference::ExtraTable { .. })
    };
    let nearest = references.iter().map(|reference| {
        let mut differences = found.difference(reference);
        differences.retain(|difference| !difference.is_in_names_only());
        differences
    });
    let nearest = nearest.min_by_key(|found| (found.iter().filter(is_table).count(), found.len()));
    let first = nearest.and_then(|found| found.into_iter().next());
    Err(first.map_or_else(String::new, |difference| difference.to_string()))
}

fn drifted(place: &str) -> impl FnOnce(String) -> Error {
    move |difference| Error::Drifted { place: place.to_owned(), difference }
}

/// What is not as it should be. `head` is what the registry says of the place, where it says it of
/// one.
fn problems(
    head: Option<&Option<String>>,
    found: &Found,
    migrations: &[LaidOutMigration],
    references: &[Structure],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let newest = migrations.iter().rposition(|migration| has(found, migration));
    let ledger = found.applied.last().cloned();
    if let Some(registry) = head.filter(|head| **head != ledger) {
        problems.push(Problem::Head { registry: registry.clone(), ledger });
    }
    let until = newest.map_or(0, |at| at + 1);
    for migration in migrations[..until].iter().filter(|migration| !has(found, migration)) {
        problems.push(Problem::Gap { migration: migration.name().to_owned() });
    }
    for name in &found.applied {
        if !migrations.iter().any(|migration| migration.name() == name) {
            problems.push(Problem::UnknownMigration { migration: name.clone() });
        }
    }
    let expected = &references[until];
    problems.extend(found.structure.difference(expected).into_iter().map(Problem::Table));
    problems
}
