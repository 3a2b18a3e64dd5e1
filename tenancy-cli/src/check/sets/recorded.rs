//! The sets as a project's own command has them: the tenant set as it is written down, and of the
//! shared set the names.

use tenancy_core::{
    Dialect, Error, MigrationSets, TenantSet,
    check::{Finding, sets::SetName},
    migrate::{RecordedMigration, Step as RecordedStep, Survey, change::SchemaChange},
};

use super::{
    migration::{Migration, Step, StepKind},
    order, tables,
};

/// What the sets show when they are written down.
pub(crate) struct Judged {
    /// What is wrong by the checks that sources are judged by too.
    pub(crate) findings: Vec<Finding>,
    /// Why a migration cannot be written down, or does not fit what is there before it.
    pub(crate) errors: Vec<(Option<String>, Error)>,
}

/// Looks for everything that the migrations show when they are written down.
pub(crate) fn judge(sets: &MigrationSets, dialect: Dialect, tenant_column: &str) -> Judged {
    let Survey { migrations: surveyed, misfit, .. } = TenantSet::survey(sets, dialect);
    let mut errors = Vec::new();
    let shared = sets.shared.iter().map(|migration| named(SetName::Shared, migration.name()));
    let mut migrations: Vec<Migration<'_>> = shared.collect();
    for (name, recorded) in surveyed {
        let mut migration = named(SetName::Tenant, &name);
        match recorded {
            Ok(recorded) => {
                migration.is_empty = recorded.up.is_empty();
                migration.steps = steps(&recorded);
            }
            Err(error) => errors.push((Some(name), error)),
        }
        migrations.push(migration);
    }
    errors.extend(misfit.map(|error| (None, error)));
    let mut findings = Vec::new();
    for set in [SetName::Shared, SetName::Tenant] {
        let of_set = migrations.iter().filter(|migration| migration.set == set);
        findings.extend(order::listed(of_set.map(Migration::whole)));
    }
    // Sources are judged in this order, and a fault of the order is a finding of its own.
    migrations.sort_by(|a, b| (a.set, &a.name).cmp(&(b.set, &b.name)));
    findings.extend(order::named(&migrations));
    findings.extend(tables::find(tenant_column, &migrations));
    Judged { findings, errors }
}

fn named(set: SetName, name: &str) -> Migration<'static> {
    Migration {
        set,
        name: name.to_owned(),
        file: None,
        line: 0,
        type_name: String::new(),
        steps: Vec::new(),
        is_empty: false,
    }
}

fn steps(recorded: &RecordedMigration) -> Vec<Step> {
    let all = recorded.up.iter().enumerate().filter_map(|(at, step)| {
        let RecordedStep::Schema(change) = step else { return None };
        Some(Step {
            kind: kind(change)?,
            line: 0,
            statement: 0,
            branches: Vec::new(),
            is_explained: recorded.reason(at).is_some(),
        })
    });
    all.collect()
}

/// What a change is for the checks; `None` where they do not look at it.
fn kind(change: &SchemaChange) -> Option<StepKind> {
    let kind = match change {
        SchemaChange::CreateTable(table) => StepKind::Create {
            table: table.name.clone(),
            columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        },
        SchemaChange::DropTable { table } => StepKind::Drop { table: table.clone() },
        SchemaChange::RenameTable { table, to } => {
            StepKind::Rename { table: table.clone(), to: to.clone() }
        }
        SchemaChange::AddColumn { table, column } => {
            StepKind::AddColumn { table: table.clone(), column: column.name.clone() }
        }
        SchemaChange::DropColumn { table, column } => {
            StepKind::DropColumn { table: table.clone(), column: column.clone() }
        }
        SchemaChange::RenameColumn { .. }
        | SchemaChange::AlterColumn { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::RenameIndex { .. }
        | SchemaChange::DropIndex { .. }
        | SchemaChange::AddForeignKey { .. }
        | SchemaChange::AddUniqueKey { .. }
        | SchemaChange::AddCheck { .. }
        | SchemaChange::DropConstraint { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. }
        | SchemaChange::RenameType { .. }
        | SchemaChange::AddTypeValue { .. }
        | SchemaChange::RenameTypeValue { .. } => return None,
    };
    Some(kind)
}
