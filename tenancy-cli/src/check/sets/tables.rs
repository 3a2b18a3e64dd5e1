//! Tables: who creates them, who drops them, and who refers to whose.

use std::collections::BTreeMap;

use tenancy_core::check::{
    Finding,
    sets::{
        MigrationRef, SetName, destructive_step, duplicate_table, framework_table, hollow_merge,
        shared_references_tenant, tenant_column,
    },
};

use super::{
    migration::{Migration, StepKind},
    reason,
};

/// The tables of an application by their folded names, each with the migrations that create it.
type Owners = BTreeMap<String, Vec<MigrationRef>>;

pub(super) fn find(tenant_column: &str, migrations: &[Migration<'_>]) -> Vec<Finding> {
    let Ownership { duplicates, created, present: _ } = ownership(migrations);
    let mut findings = Vec::new();
    for (table, owners) in &duplicates {
        findings.extend(duplicate_table::finding(table, owners));
    }
    for (table, owners) in created.iter().filter(|(table, _)| framework_table::is_one(table)) {
        findings.extend(framework_table::finding(table, owners));
    }
    findings.extend(merges(migrations, &duplicates));
    findings.extend(destructive(migrations));
    findings.extend(crossing(migrations, &created));
    findings.extend(tenant_columns(migrations, tenant_column));
    findings
}

/// Who owns which table.
struct Ownership {
    /// The tables that were created while they were there, with all who did.
    duplicates: Owners,
    /// All creations of each table.
    created: Owners,
    /// The tables that are there after all migrations.
    present: Owners,
}

/// The tables that are there after all migrations, by their folded names, each with the place of
/// its creation.
pub(super) fn present(migrations: &[Migration<'_>]) -> BTreeMap<String, String> {
    let present = ownership(migrations).present.into_iter();
    present.filter_map(|(table, owners)| Some((table, owners.last()?.source.to_string()))).collect()
}

/// Goes through the steps in order, the shared set first, as a run would.
fn ownership(migrations: &[Migration<'_>]) -> Ownership {
    let mut there = Owners::new();
    let mut of =
        Ownership { duplicates: Owners::new(), created: Owners::new(), present: Owners::new() };
    for migration in migrations {
        for (at, step) in migration.steps.iter().enumerate() {
            let this = migration.at(step.line);
            match &step.kind {
                StepKind::Create { table, .. } => {
                    let table = table.to_lowercase();
                    // The same table in the words of another database is no second one.
                    let before = migration.steps.iter().take(at);
                    if before.filter(|other| other.excludes(step)).any(|o| o.creates(&table)) {
                        continue;
                    }
                    of.created.entry(table.clone()).or_default().push(this.clone());
                    let owners = there.entry(table.clone()).or_default();
                    owners.push(this.clone());
                    if owners.len() > 1 {
                        let known = of.duplicates.entry(table).or_default();
                        let more: Vec<_> =
                            owners.iter().filter(|owner| !known.contains(owner)).cloned().collect();
                        known.extend(more);
                    }
                }
                StepKind::Drop { table } => {
                    let owners = there.entry(table.to_lowercase()).or_default();
                    owners.retain(|owner| owner.set != migration.set);
                }
                StepKind::Rename { table, to } => {
                    let owners = there.remove(&table.to_lowercase()).unwrap_or_default();
                    there.entry(to.to_lowercase()).or_default().extend(owners);
                }
                StepKind::AddColumn { .. }
                | StepKind::DropColumn { .. }
                | StepKind::Reference { .. }
                | StepKind::Unknown(_) => {}
            }
        }
    }
    of.present = there;
    of
}

/// Merges that change nothing, or that leave what they were to mend.
fn merges(migrations: &[Migration<'_>], duplicates: &Owners) -> Vec<Finding> {
    let mut findings = Vec::new();
    for merge in migrations.iter().filter(|migration| migration.is_merge()) {
        let mut mended = true;
        for (table, owners) in duplicates {
            let before: Vec<MigrationRef> = owners
                .iter()
                .filter(|owner| owner.set == merge.set && owner.name < merge.name)
                .cloned()
                .collect();
            if before.len() > 1 {
                mended = false;
                findings.push(hollow_merge::finding(&merge.whole(), table, &before));
            }
        }
        if mended && merge.is_empty {
            findings.push(hollow_merge::empty(&merge.whole()));
        }
    }
    findings
}

fn destructive(migrations: &[Migration<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for migration in migrations {
        for step in &migration.steps {
            let what = match &step.kind {
                StepKind::Drop { table } => format!("the table `{table}`"),
                StepKind::DropColumn { table, column } => format!("the column `{table}.{column}`"),
                StepKind::Create { .. }
                | StepKind::Rename { .. }
                | StepKind::AddColumn { .. }
                | StepKind::Reference { .. }
                | StepKind::Unknown(_) => continue,
            };
            if !reason::is_stated(migration, step) {
                findings.push(destructive_step::finding(&migration.at(step.line), &what));
            }
        }
    }
    findings
}

/// Shared migrations that refer to a table of the tenant set.
fn crossing(migrations: &[Migration<'_>], created: &Owners) -> Vec<Finding> {
    let shared = migrations.iter().filter(|migration| migration.set == SetName::Shared);
    let mut findings: Vec<Finding> = Vec::new();
    for migration in shared {
        for step in &migration.steps {
            let StepKind::Reference { table } = &step.kind else { continue };
            let owners = created.get(&table.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
            let is_shared = owners.iter().any(|owner| owner.set == SetName::Shared);
            let owner = owners.iter().find(|owner| owner.set == SetName::Tenant);
            if let (Some(owner), false) = (owner, is_shared) {
                let this = migration.at(step.line);
                findings.push(shared_references_tenant::finding(&this, table, owner));
            }
        }
    }
    findings
}

fn tenant_columns(migrations: &[Migration<'_>], name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for migration in migrations.iter().filter(|migration| migration.set == SetName::Tenant) {
        for step in &migration.steps {
            let table = match &step.kind {
                StepKind::Create { table, columns }
                    if columns.iter().any(|column| column == name) =>
                {
                    table
                }
                StepKind::AddColumn { table, column } if column == name => table,
                StepKind::Create { .. }
                | StepKind::Drop { .. }
                | StepKind::Rename { .. }
                | StepKind::AddColumn { .. }
                | StepKind::DropColumn { .. }
                | StepKind::Reference { .. }
                | StepKind::Unknown(_) => continue,
            };
            findings.push(tenant_column::finding(&migration.at(step.line), table, name));
        }
    }
    findings
}
