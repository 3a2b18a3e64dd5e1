//! SPT002 `orphan-place`: a schema or file of no tenant.

use std::{collections::BTreeSet, path::PathBuf};

use async_trait::async_trait;
use tenancy_core::{
    Dialect, PhysicalName, Result, TenantStatus,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject, places},
    },
};

use super::place;
use crate::files::trash;

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT002",
    name: "orphan-place",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A schema that belongs to no tenant and waits for none, and yet is a tenant's: its name was used for one,
or it holds a ledger beside tables by the names of tenant tables. On SQLite, a file in the folder of the
tenants, or in their trash, that belongs to none, and one that was left half-made.

## Why it is wrong

Rows of somebody lie there, whom nobody can name: of a tenant that was deleted, and asked for it, or of
one that was lost from the registry. Migrations do not reach it.

## How to fix it

Find out whose it is. What belongs to a deleted tenant is dropped. What is to be served is adopted: a
tenant is created, and the rows are brought over into its place; a name is never used again.
`tenancy tenant orphan` does both. What is left half-made of `tenancy tenant duplicate` goes when that is
called again, of whichever tenant.
",
};

#[derive(Debug)]
pub(super) struct OrphanPlace {
    pub(super) folder: PathBuf,
}

#[async_trait]
impl DatabaseCheck for OrphanPlace {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let there = place::all(subject, &self.folder).await?;
        let looks_like_one = |name: &&String| match subject.dialect() {
            // The server's other databases may be other applications' tenants.
            Dialect::MySql => subject.is_physical_name(name),
            Dialect::Postgres => {
                subject.is_physical_name(name) || has_tables_of_tenants(subject, name)
            }
            Dialect::Sqlite => PhysicalName::parse(name).is_ok(),
        };
        let orphans: Vec<&String> =
            there.iter().filter(|name| !subject.is_place(name)).filter(looks_like_one).collect();
        let mut findings = Vec::new();
        if !orphans.is_empty() {
            let word = place::word(subject.dialect());
            let message = format!("no tenant has the {word} {}", places(&orphans));
            findings.push(finding(message));
        }
        findings.extend(self.trashed(subject)?);
        findings.extend(self.half_made(subject)?);
        Ok(findings)
    }
}

impl OrphanPlace {
    fn trashed(&self, subject: &DatabaseSubject<'_>) -> Result<Option<Finding>> {
        if subject.dialect() != Dialect::Sqlite {
            return Ok(None);
        }
        let there = place::files(&self.folder.join(trash::FOLDER), ".db")?;
        let left = there.iter().filter(|name| !subject.is_place(name));
        let left: Vec<&String> = left.filter(|name| PhysicalName::parse(name).is_ok()).collect();
        let message = || format!("in the trash and of no tenant: {}", places(&left));
        Ok((!left.is_empty()).then(|| finding(message())))
    }

    fn half_made(&self, subject: &DatabaseSubject<'_>) -> Result<Option<Finding>> {
        if subject.dialect() != Dialect::Sqlite {
            return Ok(None);
        }
        // A tenant that is being made has such a file, and will take it up again.
        let being_made: BTreeSet<&str> = subject
            .tenants()
            .iter()
            .filter(|tenant| tenant.status == TenantStatus::Provisioning)
            .map(|tenant| tenant.physical_name.as_str())
            .collect();
        let half_made = place::files(&self.folder, ".db.new")?;
        let left = half_made.iter().filter(|name| !being_made.contains(name.as_str()));
        // A copy that has its name already, and is nobody's.
        let published = place::files(&self.folder, ".db")?;
        let copies = subject.copied_places().iter().filter(|name| published.contains(*name));
        let left: Vec<&String> = left.chain(copies).collect();
        let message = || format!("half-made and left: {}", places(&left));
        Ok((!left.is_empty()).then(|| finding(message()).with_hint(HALF_MADE)))
    }
}

const HALF_MADE: &str = "the next `tenancy tenant duplicate` removes what was cut off of one; remove what \
                         else is left with `tenancy tenant orphan remove`";

fn finding(message: String) -> Finding {
    Finding::new(&CHECK, message)
        .at(Source::table("tenants_physical_name"))
        .with_hint("find out whose it is; bring the rows over into a tenant's place, or drop it")
}

fn has_tables_of_tenants(subject: &DatabaseSubject<'_>, schema: &str) -> bool {
    let held = || subject.relations().filter(|relation| relation.schema == schema);
    schema != subject.dialect().shared_schema().as_str()
        && held().any(|relation| relation.name == "seaql_migrations")
        && held().any(|relation| subject.knows_tenant_table(&relation.name))
}
