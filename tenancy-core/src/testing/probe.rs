//! The discovery probe: finds every tenant table of an application, and tries to cross from one
//! tenant to another in each of them.
//!
//! An application calls it in its own tests, with its own [`Tenancy`] on a database of the test. A
//! table that somebody adds later is found and probed without anybody having to think of it; one that
//! cannot be probed is reported, and not passed over.
//!
//! ```no_run
//! use tenancy_core::{Result, Tenancy, testing::probe::Probe};
//!
//! # async fn example(tenancy: &Tenancy) -> Result<()> {
//! let report = Probe::new()
//!     .skip("audit_entry", "it is written by a trigger, and nobody can insert")
//!     .value("address", "country", "'CH'") // what its check accepts
//!     .run(tenancy)
//!     .await?;
//! assert!(report.is_sound(), "{report}");
//! # Ok(())
//! # }
//! ```

mod cross;
mod entry;
mod fill;
mod report;
mod table;
mod value;

use std::collections::BTreeMap;

use uuid::Uuid;

pub use self::{
    entry::Entry,
    report::{Crossing, ProbeReport, Unproven},
};
use self::{fill::Filled, table::ProbedTable};
use crate::{Error, Result, Tenancy, Tenant, registry::NewTenant};

/// What a probe is told of an application.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    skipped: BTreeMap<String, String>,
    values: BTreeMap<(String, String), String>,
}

impl Probe {
    /// Knows nothing of the application: every tenant table has to be proven.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves a table out, for a reason that the report repeats.
    #[must_use]
    pub fn skip(mut self, table: impl Into<String>, reason: impl Into<String>) -> Self {
        self.skipped.insert(table.into(), reason.into());
        self
    }

    /// Writes this into a column, as SQL, where no value can be told from its type: because a check
    /// accepts few, or the type is the application's own.
    #[must_use]
    pub fn value(
        mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        sql: impl Into<String>,
    ) -> Self {
        self.values.insert((table.into(), column.into()), sql.into());
        self
    }

    /// Creates two tenants, writes a row of each into every tenant table that is found, and tries as
    /// one of them to read, change, delete and refer to the other's rows through every [`Entry`].
    /// Then it removes both tenants.
    ///
    /// # Errors
    /// When tenants cannot be created or removed, or the catalog cannot be read. Whatever is wrong
    /// with a table stands in the report.
    pub async fn run(&self, tenancy: &Tenancy) -> Result<ProbeReport> {
        let (acme, globex) = (create(tenancy).await?, create(tenancy).await?);
        let probed = self.probe(tenancy, &acme, &globex).await;
        for tenant in [&acme, &globex] {
            let removed = tenancy.remove_tenant(&tenant.slug).await;
            // What has crossed may keep a tenant from being removed, and is what has to be known.
            if probed.as_ref().is_ok_and(ProbeReport::is_sound) {
                removed?;
            }
        }
        probed
    }

    async fn probe(
        &self,
        tenancy: &Tenancy,
        acme: &Tenant,
        globex: &Tenant,
    ) -> Result<ProbeReport> {
        let mut report = ProbeReport::default();
        let tables = self.tables(tenancy, acme, &mut report).await?;
        let connections = [tenancy.connection(acme).await?, tenancy.connection(globex).await?];
        let [ours, theirs] = &connections;
        let pair = [ours, theirs];
        let filled = Filled::fill(self, &tables, pair, &mut report).await;
        let written = || tables.iter().filter_map(|table| Some((table, filled.rows(&table.name)?)));
        for (table, rows) in written() {
            cross::read_and_change(table, rows, pair, &mut report).await;
        }
        for (table, _) in written() {
            for parent in table.parents.iter().filter(|parent| parent.is_tenants) {
                cross::reference(self, (table, parent), &filled, pair, &mut report).await;
            }
        }
        for (table, rows) in written() {
            cross::delete(table, rows, pair, &mut report).await;
        }
        let names: Vec<&String> = written().map(|(table, _)| &table.name).collect();
        report.prove(names);
        Ok(report)
    }

    /// The tables to probe; those that cannot be are reported.
    async fn tables(
        &self,
        tenancy: &Tenancy,
        tenant: &Tenant,
        report: &mut ProbeReport,
    ) -> Result<Vec<ProbedTable>> {
        let found = table::find(tenancy, tenant).await?;
        for (name, reason) in &self.skipped {
            if found.iter().any(|(table, _)| table == name) {
                report.skipped.insert(name.clone(), reason.clone());
            } else {
                report.unproven(name, "it is skipped, and there is no such tenant table");
            }
        }
        let mut tables = Vec::new();
        for (name, table) in found {
            match table {
                _ if self.skipped.contains_key(&name) => {}
                Some(table) => tables.push(table),
                None => report.unproven(&name, "the place of a new tenant does not have it"),
            }
        }
        Ok(tables)
    }

    fn said(&self, table: &str, column: &str) -> Option<&String> {
        self.values.get(&(table.to_owned(), column.to_owned()))
    }
}

async fn create(tenancy: &Tenancy) -> Result<Tenant> {
    // The last digits are the random ones.
    let id = Uuid::now_v7().simple().to_string();
    let slug = format!("probe-{}", &id[20..]);
    let domain = format!("{slug}.example.com").parse()?;
    tenancy.create_tenant(&NewTenant::new(slug.parse()?, "Probe").with_domain(domain)).await
}

/// An error of a statement, in words.
fn words(error: &sea_orm::DbErr) -> String {
    Error::from_db_err(error).map_or_else(|| error.to_string(), Error::with_sources)
}
