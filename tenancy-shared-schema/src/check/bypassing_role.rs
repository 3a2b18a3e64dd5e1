//! SHS008 `bypassing-role`: row-level security does not hold for the application's role.

use async_trait::async_trait;
use tenancy_core::{
    Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

use crate::wall::Wall;

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS008",
    name: "bypassing-role",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

With `shared-schema.rls = \"enforce\"`, a role of `database.url` that is a superuser, has `BYPASSRLS`, or owns
a tenant table or belongs to the role that does; or a database that has no row-level security.

## Why it is wrong

PostgreSQL does not ask the policies for superusers and for roles with `BYPASSRLS`, and an owner can take
them off. The second wall is then painted on.

## How to fix it

Give the application a role of its own in `database.url`, and keep the owner's in `database.direct_url`:
`tenancy db roles --print` shows the statements. On another database say `rls = \"off\"`.
",
};

#[derive(Debug)]
pub(super) struct BypassingRole {
    pub(super) wall: Wall,
}

#[async_trait]
impl DatabaseCheck for BypassingRole {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let weakness = self.wall.weakness(subject.databases()).await?;
        let finding = weakness.map(|(reason, mend)| {
            let message = format!("row-level security would not hold: {reason}");
            Finding::new(&CHECK, message).with_hint(mend)
        });
        Ok(finding.into_iter().collect())
    }
}
