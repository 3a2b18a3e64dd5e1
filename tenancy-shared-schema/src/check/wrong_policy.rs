//! SHS009 `wrong-policy`: the policies of a tenant table are not what they should be.

use async_trait::async_trait;
use tenancy_core::{
    Result,
    check::{
        CheckDescription, CheckKind, Finding, Severity, Source,
        database::{DatabaseCheck, DatabaseSubject},
    },
};

use super::is_tenant_table;
use crate::wall::{Difference, Wall};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "SHS009",
    name: "wrong-policy",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

With `shared-schema.rls = \"enforce\"`, a tenant table on which row-level security is not enabled and forced,
whose policy `tenancy_tenant` is missing or has other words in `USING` or `WITH CHECK` than that the tenant column
equals the setting `tenancy.tenant_id` (unset means no rows), or that has another permissive policy, which lets
more rows through. With `rls = \"off\"`, a policy of the framework that was left.

## Why it is wrong

Permissive policies add up: one that is too wide makes all others worthless. A policy that was left hides all
rows of a table from an application that does not set the tenant.

## How to fix it

`tenancy migrate up` makes the framework's policies what they should be. Drop other permissive policies, or make
them `AS RESTRICTIVE`.
",
};

#[derive(Debug)]
pub(super) struct WrongPolicy {
    pub(super) wall: Wall,
}

#[async_trait]
impl DatabaseCheck for WrongPolicy {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let is_tenants = |name: &str| is_tenant_table(subject, name);
        let found = self.wall.differences(subject.databases(), &is_tenants).await?;
        let found = found.into_iter().map(|(table, Difference { reason, mend })| {
            Finding::new(&CHECK, format!("row-level security would not hold: {reason}"))
                .at(Source::table(table))
                .with_hint(mend)
        });
        Ok(found.collect())
    }
}
