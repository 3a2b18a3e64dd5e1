//! SPT001 `missing-place`: a tenant without its schema or file.

use std::path::PathBuf;

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject, places},
    },
};

use super::place;
use crate::files::trash;

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT001",
    name: "missing-place",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A tenant, active, suspended or archived, whose schema (on SQLite: file) is not there, and a place that is
offered to the next tenant and is not there. A tenant that is being made, or that is deleted, has none.

## Why it is wrong

Every statement of the tenant fails, and its rows are gone or lie under another name. A new tenant is
given a place that does not exist.

## How to fix it

Restore the schema or file under the recorded name, from a backup or from where it was moved. Or remove
the tenant (`Tenancy::remove_tenant`). Ready places are thrown away by `Tenancy::discard_ready_tenants`.
",
};

#[derive(Debug)]
pub(super) struct MissingPlace {
    pub(super) folder: PathBuf,
}

#[async_trait]
impl DatabaseCheck for MissingPlace {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let mut there = place::all(subject, &self.folder).await?;
        if subject.dialect() == Dialect::Sqlite {
            // That it lies there is another finding.
            there.append(&mut place::files(&self.folder.join(trash::FOLDER), ".db")?);
        }
        let word = place::word(subject.dialect());
        let tenants: Vec<&str> = subject
            .tenants_with_place()
            .filter(|tenant| !there.contains(tenant.physical_name.as_str()))
            .map(|tenant| tenant.slug.as_str())
            .collect();
        let ready: Vec<&String> =
            subject.ready_places().iter().filter(|name| !there.contains(*name)).collect();
        let mut findings = Vec::new();
        if !tenants.is_empty() {
            let message = format!("the {word} is missing of the tenants {}", places(&tenants));
            findings.push(
                Finding::new(&CHECK, message)
                    .at(Source::table("tenants_tenant"))
                    .with_hint("restore it under its recorded name, or remove the tenant"),
            );
        }
        if !ready.is_empty() {
            let message = format!("the {word} is missing of the ready places {}", places(&ready));
            findings.push(
                Finding::new(&CHECK, message)
                    .at(Source::table("tenants_ready_place"))
                    .with_hint("throw the place away and make another"),
            );
        }
        Ok(findings)
    }
}
