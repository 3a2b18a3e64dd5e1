//! Checks that read the live database: [`DatabaseCheck`], and running them.
//!
//! Every check is one file; [`checks`] lists those of the core, and a strategy adds its own by
//! [`TenancyStrategy::database_checks`]. What is read once for all of them is the
//! [`DatabaseSubject`]. A check that cannot do its work is a finding of its own, so that it is never
//! taken for one that has found nothing.
//!
//! [`TenancyStrategy::database_checks`]: crate::TenancyStrategy::database_checks

pub(crate) mod check_not_run;
pub(crate) mod foreign_registry_table;
pub(crate) mod framework_leftover;
pub(crate) mod other_marker;
pub(crate) mod outside_ledger;
mod place;
pub(crate) mod pool_size;
pub(crate) mod pooler;
mod read;
pub(crate) mod search_path;
mod subject;
pub(crate) mod table_on_both_sides;
pub(crate) mod transaction_pooler;
pub(crate) mod trigger;
pub(crate) mod unowned_table;
pub(crate) mod writable_parent;

use std::{collections::BTreeSet, fmt::Debug};

use async_trait::async_trait;

pub use self::{
    place::places,
    subject::{DatabaseSubject, Owner, Relation, RelationKind, Trigger},
};
use super::{CheckDescription, Finding, Findings, Severity};
use crate::error::Result;

/// A check of the live database.
///
/// Implement it in a strategy for what only that strategy can tell of its tables, and return it from
/// [`TenancyStrategy::database_checks`](crate::TenancyStrategy::database_checks). It reads, and never writes.
///
/// # Example
/// ```
/// use tenancy_core::{
///     Result,
///     check::{
///         CheckDescription, CheckKind, Finding, Severity,
///         database::{DatabaseCheck, DatabaseSubject, Owner},
///     },
/// };
///
/// static CHECK: CheckDescription = CheckDescription {
///     code: "XYZ001",
///     name: "no-tenant-table",
///     severity: Severity::Warning,
///     kind: CheckKind::Database,
///     explain: "## What it finds\n\n…\n\n## Why it is wrong\n\n…\n\n## How to fix it\n\n…",
/// };
///
/// #[derive(Debug)]
/// struct NoTenantTable;
///
/// #[async_trait::async_trait]
/// impl DatabaseCheck for NoTenantTable {
///     fn description(&self) -> &'static CheckDescription {
///         &CHECK
///     }
///
///     async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
///         let is_there = subject.relations().any(|relation| relation.owner == Owner::Tenant);
///         let finding = Finding::new(&CHECK, "tenants have no table");
///         Ok(if is_there { Vec::new() } else { vec![finding] })
///     }
/// }
/// ```
#[async_trait]
pub trait DatabaseCheck: Debug + Send + Sync {
    /// What the check is called, and why it exists.
    fn description(&self) -> &'static CheckDescription;

    /// Whether [`Tenancy::connect`](crate::Tenancy::connect) runs it too, and refuses to start with
    /// an error of it. Such a check costs one statement, and one more for what it needs of the
    /// registry.
    fn is_decisive(&self) -> bool {
        false
    }

    /// Looks for what it finds.
    ///
    /// # Errors
    /// Whatever keeps it from its work; it becomes a finding.
    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>>;
}

/// The checks of the core, in the order of their codes.
#[must_use]
pub fn checks() -> Vec<Box<dyn DatabaseCheck>> {
    vec![
        Box::new(unowned_table::UnownedTable),
        Box::new(table_on_both_sides::TableOnBothSides),
        Box::new(framework_leftover::FrameworkLeftover),
        Box::new(trigger::TriggerOrRule),
        Box::new(writable_parent::WritableParent),
        Box::new(pool_size::PoolSize),
        Box::new(transaction_pooler::TransactionPooler),
        Box::new(foreign_registry_table::ForeignRegistryTable),
        Box::new(outside_ledger::OutsideLedger),
        Box::new(search_path::SearchPath),
    ]
}

/// What checks of a database have found, and which have run.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DatabaseReport {
    /// Everything that was found, accepted or not.
    pub findings: Findings,
    ran: BTreeSet<&'static str>,
}

impl DatabaseReport {
    /// Whether the check behind a code has done its work. One that has not is a finding.
    ///
    /// ```
    /// use tenancy_core::check::database::DatabaseReport;
    ///
    /// assert!(!DatabaseReport::default().has_run("DBS002"));
    /// ```
    #[must_use]
    pub fn has_run(&self, code: &str) -> bool {
        self.ran.contains(code)
    }

    /// Takes tables that nobody owns for errors, as for a gate in CI.
    pub fn deny_unowned(&mut self) {
        let deny = |mut finding: Finding| {
            if finding.code == unowned_table::CHECK.code {
                finding.severity = Severity::Error;
            }
            finding
        };
        self.findings = std::mem::take(&mut self.findings).into_iter().map(deny).collect();
    }

    /// Reports what kept everything from being looked at.
    pub(crate) fn not_run(error: &crate::Error) -> Self {
        let findings = if let crate::Error::UnsoundDatabase(findings) = error {
            findings.clone()
        } else {
            check_not_run::everything(error).into()
        };
        Self { findings, ran: BTreeSet::from([check_not_run::CHECK.code]) }
    }

    /// Adds what is known without a check of its own, such as from the marker row.
    pub(crate) fn add(&mut self, check: &'static CheckDescription, found: Option<Finding>) {
        self.ran.insert(check.code);
        self.findings.extend(found);
    }

    /// Runs checks, and adds what they find.
    pub(crate) async fn run(
        &mut self,
        checks: &[Box<dyn DatabaseCheck>],
        subject: &DatabaseSubject<'_>,
    ) {
        self.ran.insert(check_not_run::CHECK.code);
        for (slug, error) in &subject.unreadable {
            self.findings.push(check_not_run::place(slug, error));
        }
        for check in checks {
            let description = check.description();
            match check.run(subject).await {
                Ok(found) => {
                    self.ran.insert(description.code);
                    self.findings.extend(found);
                }
                Err(error) => self.findings.push(check_not_run::one(description, &error)),
            }
        }
    }
}
