//! DBS006 `trigger-or-rule`: a statement sets off what it does not name.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{DatabaseCheck, DatabaseSubject, Owner, Trigger, places};
use crate::{
    changes::triggers,
    check::{CheckDescription, CheckKind, Finding, Severity, Source},
    error::Result,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS006",
    name: "trigger-or-rule",
    severity: Severity::Warning,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A trigger or rule on a tenant table, a shared table, or a table of the framework.

## Why it is wrong

What a trigger does is sent by nobody, so nobody scopes it: it runs in the database, with the tables of
whoever wrote it. One that writes to another table has to keep tenants apart by itself, and a rule
changes a statement after it was scoped.

## How to fix it

Read what it does. One that touches nothing but the row it was set off by is harmless: accept it, with
that as the reason. Whatever else belongs into the application, where it is scoped. Replace rules.
",
};

#[derive(Debug)]
pub(super) struct TriggerOrRule;

#[async_trait]
impl DatabaseCheck for TriggerOrRule {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        let owners: BTreeMap<(&str, &str), Owner> = subject
            .relations()
            .map(|relation| ((relation.schema.as_str(), relation.name.as_str()), relation.owner))
            .collect();
        let mut found: BTreeMap<(&str, &str, bool), Vec<&str>> = BTreeMap::new();
        for trigger in subject.triggers() {
            let Trigger { schema, table, name, is_rule } = trigger;
            let is_ours = match owners.get(&(schema.as_str(), table.as_str())) {
                // The registry tells of its changes by triggers of its own.
                Some(Owner::Framework) => *is_rule || !triggers::is_own(table, name),
                Some(Owner::Shared | Owner::Tenant) => true,
                Some(Owner::Extension | Owner::Nobody | Owner::Elsewhere) | None => false,
            };
            if is_ours {
                found.entry((table, name, *is_rule)).or_default().push(schema);
            }
        }
        let finding = |((table, name, is_rule), schemas): (&(&str, &str, bool), &Vec<&str>)| {
            let what = if *is_rule { "rule" } else { "trigger" };
            let message = format!("the {what} `{name}` is on `{table}` in {}", places(schemas));
            let hint = "see that it touches no row but the one that sets it off, and accept it with \
                        that as the reason; or do its work in the application";
            Finding::new(&CHECK, message).at(Source::table(*table)).with_hint(hint)
        };
        Ok(found.iter().map(finding).collect())
    }
}
