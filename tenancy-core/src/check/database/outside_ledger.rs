//! DBS011 `outside-ledger`: shared migrations that were applied past the framework.

use async_trait::async_trait;

use super::{DatabaseCheck, DatabaseSubject};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Result,
    migrate::ledger,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS011",
    name: "outside-ledger",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A ledger, the table `seaql_migrations`, in which migrations are entered while the database has no
registry: another migrator has applied them.

## Why it is wrong

`tenancy migrate up` takes them for applied and leaves them out. Which tables they made was noted by
nobody, so every connection of a tenant refuses these tables; and of an application whose sets have
changed since, the ledger tells of migrations that are not there any more.

## How to fix it

Let the framework apply them. Move the tables that they made into a schema of their own
(`ALTER TABLE … SET SCHEMA before`), delete the entries from `seaql_migrations`, run `tenancy migrate up`,
and bring the rows over (`INSERT INTO … SELECT … FROM before.…`). Without rows worth keeping, take the
migrations back by the migrator that applied them, or begin with an empty database.
",
};

#[derive(Debug)]
pub(super) struct OutsideLedger;

#[async_trait]
impl DatabaseCheck for OutsideLedger {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        if subject.is_initialised {
            return Ok(Vec::new());
        }
        let applied = ledger::beside_registry(&subject.databases().direct).await?;
        let Some(first) = applied.first() else { return Ok(Vec::new()) };
        let known = applied.iter().filter(|name| subject.shared_migrations.contains(name)).count();
        let message = format!(
            "the ledger has {} migrations from `{first}` on, of which the application knows {known}, \
             and no registry: another migrator has applied them",
            applied.len()
        );
        let finding = Finding::new(&CHECK, message).at(Source::table("seaql_migrations"));
        Ok(vec![finding.with_hint(
            "move the tables that they made away, delete these entries, run `tenancy migrate up`, \
             and bring the rows over",
        )])
    }
}
