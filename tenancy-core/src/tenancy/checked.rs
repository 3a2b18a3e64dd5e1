//! Checks of the live database: all of them, and the few that `Tenancy::connect` refuses by.

use std::{panic::Location, sync::Arc};

use super::Tenancy;
use crate::{
    catalog::Catalog,
    check::{
        Finding, Findings,
        database::{
            self, DatabaseCheck, DatabaseReport, check_not_run, other_marker, table_on_both_sides,
            transaction_pooler,
        },
    },
    config::Config,
    databases,
    error::{Error, Result},
    migrate::{MigrationSets, ledger},
    strategy::{TenancyStrategy, TenantDdl},
};

impl Tenancy {
    /// Runs every check of the live database, those of the core and those of the strategy. It reads
    /// the catalog and the registry, and writes nothing.
    ///
    /// It takes what [`connect`](Self::connect) takes, because it is for databases that `connect`
    /// may refuse: one of another strategy, one that is not there. What keeps a check, or all of
    /// them, from being done is a finding.
    ///
    /// # Example
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use tenancy_core::{MigrationSets, Tenancy, TenancyStrategy, config::Config};
    /// # async fn example(
    /// #     config: Config, strategy: Arc<dyn TenancyStrategy>, migrations: MigrationSets,
    /// # ) {
    /// let report = Tenancy::check_database(&config, strategy, migrations).await;
    /// assert!(!report.findings.has_errors(), "{}", report.findings);
    /// # }
    /// ```
    #[track_caller]
    pub fn check_database(
        config: &Config,
        strategy: Arc<dyn TenancyStrategy>,
        migrations: MigrationSets,
    ) -> impl Future<Output = DatabaseReport> + Send {
        // An async function would lose the place that it is called from.
        Self::check_database_from(Location::caller(), config, strategy, migrations)
    }

    async fn check_database_from(
        place: &'static Location<'static>,
        config: &Config,
        strategy: Arc<dyn TenancyStrategy>,
        migrations: MigrationSets,
    ) -> DatabaseReport {
        match Self::open(place, config, strategy, migrations).await {
            Ok((tenancy, misfit)) => {
                let mut report = match databases::check_settings(tenancy.databases()).await {
                    Ok(()) => tenancy.checked().await,
                    Err(error) => DatabaseReport::not_run(&transaction_pooler::recognised(error)),
                };
                report.findings.extend(misfit.as_ref().map(check_not_run::tenant_tables));
                report
            }
            Err(error) => DatabaseReport::not_run(&transaction_pooler::recognised(error)),
        }
    }

    async fn checked(&self) -> DatabaseReport {
        let mut report = DatabaseReport::default();
        let has_registry = match self.registry().marker(self.strategy().name()).await {
            Ok(_) => {
                self.learn_tables(&mut report).await;
                true
            }
            Err(Error::NotInitialised) => false,
            Err(error) => match other_marker::finding(&error) {
                // The registry is the same under every strategy, but for a newer release's.
                Some(found) => {
                    report.add(&other_marker::CHECK, Some(found));
                    matches!(error, Error::OtherStrategy { .. })
                }
                None => return DatabaseReport::not_run(&error),
            },
        };
        report.add(&other_marker::CHECK, None);
        match self.database_subject(has_registry).await {
            Ok(subject) => {
                let checks =
                    database::checks().into_iter().chain(self.strategy().database_checks());
                let checks: Vec<Box<dyn DatabaseCheck>> = checks.collect();
                report.run(&checks, &subject).await;
            }
            Err(error) => {
                report.add(&check_not_run::CHECK, Some(check_not_run::everything(&error)));
            }
        }
        report
    }

    /// Learns the tables of migrations that do not say what they make.
    async fn learn_tables(&self, report: &mut DatabaseReport) {
        match self.load_catalog().await {
            Ok(()) => {}
            Err(Error::TableOnBothSides { table }) => {
                report.findings.push(table_on_both_sides::both(&table));
            }
            Err(error) => report.findings.push(check_not_run::everything(&error)),
        }
    }

    /// Whether tenant migrations have made tables beside the registry. Before they have, tables of
    /// their names are those of an application without tenants, which may be adopted.
    async fn has_made_tables(&self) -> Result<bool> {
        if !self.is_initialised() || self.strategy().tenant_ddl() == TenantDdl::PerTenant {
            return Ok(self.is_initialised());
        }
        let applied = ledger::beside_registry(&self.databases().direct).await?;
        let mut known = self.tenant_set().migrations().iter();
        Ok(known.any(|migration| applied.contains(&migration.name)))
    }

    /// Refuses a database in which a decisive check finds an error that nobody accepts.
    pub(super) async fn refuse_unsound(&self, config: &Config) -> Result<()> {
        let checks = database::checks().into_iter().chain(self.strategy().database_checks());
        let decisive = checks.filter(|check| check.is_decisive() && !is_of_pooler(&**check));
        let decisive: Vec<_> = decisive.collect();
        let tables =
            if self.has_made_tables().await? { self.tenant_tables() } else { Catalog::default() };
        self.refuse(config, &decisive, tables).await.map(drop)
    }

    /// Refuses a database that a pooler stands before which mixes up statements.
    pub(super) async fn refuse_poolers(&self, config: &Config) -> Result<()> {
        let checks = database::checks().into_iter().filter(|check| is_of_pooler(&**check));
        let checks: Vec<_> = checks.collect();
        let accepted = self.refuse(config, &checks, Catalog::default()).await?;
        if config.checks().silence(transaction_pooler::CHECK.code).is_some() {
            return Ok(());
        }
        // One that mixes up nothing, before an address that is to lead past it.
        if !accepted.is_empty() {
            self.note_pooled_direct();
        }
        self.databases().watch.arm();
        Ok(())
    }

    /// Returns what is found and is no reason to refuse.
    async fn refuse(
        &self,
        config: &Config,
        decisive: &[Box<dyn DatabaseCheck>],
        tables: Catalog,
    ) -> Result<Findings> {
        let subject = self.bare_subject(tables);
        let mut report = DatabaseReport::default();
        report.run(decisive, &subject).await;
        let is_refused = |finding: &Finding| {
            finding.is_error() && config.checks().silence(finding.code).is_none()
        };
        let (refused, accepted): (Vec<Finding>, Vec<Finding>) =
            report.findings.into_iter().partition(is_refused);
        if refused.is_empty() {
            Ok(accepted.into())
        } else {
            Err(Error::UnsoundDatabase(refused.into()))
        }
    }
}

fn is_of_pooler(check: &dyn DatabaseCheck) -> bool {
    check.description().code == transaction_pooler::CHECK.code
}
