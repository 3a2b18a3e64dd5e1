//! SPT003 `name-case`: names of places that differ in case only.

use std::{collections::BTreeMap, path::PathBuf};

use async_trait::async_trait;
use tenancy_core::{
    Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity,
        database::{DatabaseCheck, DatabaseSubject, places},
    },
};

use super::place;

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT003",
    name: "name-case",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

Schemas, or files in the folder of the tenants, whose names differ in nothing but case, when one of them
is a tenant's.

## Why it is wrong

The framework's names are in lower case and quoted. Whoever writes such a name without quotes, or copies
the files to a system that tells no cases apart, takes one tenant's place for the other's.

## How to fix it

Rename or drop the one that is not in lower case: no tenant has it.
",
};

#[derive(Debug)]
pub(super) struct NameCase {
    pub(super) folder: PathBuf,
}

#[async_trait]
impl DatabaseCheck for NameCase {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let there = place::all(subject, &self.folder).await?;
        let mut folded: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in &there {
            folded.entry(name.to_lowercase()).or_default().push(name);
        }
        let same = folded
            .values()
            .filter(|names| names.len() > 1 && names.iter().any(|name| subject.is_place(name)));
        let finding = |names: &Vec<&str>| {
            let word = place::word(subject.dialect());
            let message = format!("{word}s differ in case only: {}", places(names));
            Finding::new(&CHECK, message).with_hint("rename or drop the one not in lower case")
        };
        Ok(same.map(finding).collect())
    }
}
