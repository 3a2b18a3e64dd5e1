//! SPT009 `displaced-file`: a tenant's file that lies in the trash, or does not, against what the
//! registry says.

use std::{collections::BTreeSet, path::PathBuf};

use async_trait::async_trait;
use tenancy_core::{
    Dialect, Result, Tenant, TenantStatus,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject, places},
    },
};

use super::place;
use crate::files::trash;

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SPT009",
    name: "displaced-file",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

On SQLite, a deleted tenant whose file, or a file that SQLite keeps beside it, lies where tenants are
served from; and a tenant that is not deleted and whose file lies in the trash, the folder `trash` in that
of the tenants.

## Why it is wrong

A deletion or its taking back was cut off, or the registry was restored from another moment than the
files. A deleted tenant is not served all the same; one whose file lies in the trash is refused.

## How to fix it

Say again what is meant: `tenancy tenant delete` moves the file into the trash, and `tenancy tenant
restore` moves it back. For a tenant that is not deleted, do both, one after the other.
",
};

#[derive(Debug)]
pub(super) struct DisplacedFile {
    pub(super) folder: PathBuf,
}

#[async_trait]
impl DatabaseCheck for DisplacedFile {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        if subject.dialect() != Dialect::Sqlite {
            return Ok(Vec::new());
        }
        let mut served = place::files(&self.folder, ".db")?;
        served.append(&mut place::files(&self.folder, ".db-wal")?);
        let trashed = place::files(&self.folder.join(trash::FOLDER), ".db")?;
        let slugs = |there: &BTreeSet<String>, are_deleted: bool| -> Vec<String> {
            let is_meant = |tenant: &&Tenant| {
                (tenant.status == TenantStatus::Deleted) == are_deleted
                    && there.contains(tenant.physical_name.as_str())
            };
            subject.tenants().iter().filter(is_meant).map(|of| of.slug.to_string()).collect()
        };
        let mut findings = Vec::new();
        for (there, are_deleted, what, hint) in [
            (
                &served,
                true,
                "not in the trash are the files of the deleted tenants",
                "`tenancy tenant delete` moves the file, `tenancy tenant restore` takes the deletion back",
            ),
            (
                &trashed,
                false,
                "in the trash are the files of the tenants",
                "`tenancy tenant delete`, then `tenancy tenant restore`",
            ),
        ] {
            let slugs = slugs(there, are_deleted);
            if !slugs.is_empty() {
                let message = format!("{what} {}", places(&slugs));
                let at = Source::table("tenants_tenant");
                findings.push(Finding::new(&CHECK, message).at(at).with_hint(hint));
            }
        }
        Ok(findings)
    }
}
