//! Lays the tenant set out: what each migration is in the strategy's and the database's words.

use std::sync::Arc;

use super::{
    change::{ForeignKeyDefinition, SchemaChange},
    record::{RecordedMigration, TenantSet, apply},
    render,
    step::{AdaptedStep, DataStep, Step},
};
use crate::{
    catalog::{Catalog, TableKind},
    error::{Error, Result},
    name::Identifier,
    scope::{Dialect, Scoper},
    strategy::TenancyStrategy,
};

/// A step as it is run, wherever the connection stands.
#[derive(Debug, Clone)]
pub(crate) enum LaidOutStep {
    /// SQL without values.
    Sql(String),
    /// Work on the rows of a tenant, and what scopes it: to the tables as they are at that step.
    Data(DataStep, Arc<Scoper>),
    /// A migration of SeaORM's own kind.
    Adapted(AdaptedStep),
}

/// A tenant migration as it is run.
#[derive(Debug, Clone)]
pub(crate) struct LaidOutMigration {
    pub(crate) recorded: RecordedMigration,
    pub(crate) up: Vec<LaidOutStep>,
    /// What takes it back, or why nothing does.
    pub(crate) down: Result<Vec<LaidOutStep>>,
}

impl LaidOutMigration {
    pub(crate) fn name(&self) -> &str {
        &self.recorded.name
    }

    /// Has the data steps scoped to other tables than those of their time.
    pub(crate) fn scope_by(&mut self, tables: &Arc<Scoper>) {
        for step in &mut self.up {
            match step {
                LaidOutStep::Data(_, scoper) => *scoper = Arc::clone(tables),
                LaidOutStep::Sql(_) | LaidOutStep::Adapted(_) => {}
            }
        }
    }
}

/// What a set is laid out with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    /// What tenants may refer to beside their own tables.
    pub(crate) shared: &'a Catalog,
    /// The column that no definition may name.
    pub(crate) reserved: &'a Identifier,
    pub(crate) strategy: &'a dyn TenancyStrategy,
    pub(crate) dialect: Dialect,
}

impl Layout<'_> {
    /// Lays the whole set out.
    pub(crate) fn lay_out(&self, set: &TenantSet) -> Result<Vec<LaidOutMigration>> {
        let mut tables = self.shared.clone();
        let mut laid_out = Vec::with_capacity(set.migrations().len());
        for recorded in set.migrations() {
            let up = self.steps(&recorded.up, &mut tables, &recorded.name)?;
            let down = match &recorded.down {
                Some(down) => {
                    let down: Vec<Step> = down.iter().cloned().map(waiting).collect();
                    self.steps(&down, &mut tables.clone(), &recorded.name)
                }
                None => Err(Error::Irreversible { migration: recorded.name.clone() }),
            };
            laid_out.push(LaidOutMigration { recorded: recorded.clone(), up, down });
        }
        Ok(laid_out)
    }

    fn steps(
        &self,
        steps: &[Step],
        tables: &mut Catalog,
        migration: &str,
    ) -> Result<Vec<LaidOutStep>> {
        let mut laid_out = Vec::new();
        for step in steps {
            match step {
                Step::Schema(change) => {
                    check_columns(change, self.reserved)?;
                    check_references(change, tables)?;
                    for physical in self.strategy.lay_out(change, tables, self.dialect)? {
                        let sql = render::statement(&physical, self.dialect)?;
                        laid_out.push(LaidOutStep::Sql(sql));
                    }
                    apply(tables, change, migration)?;
                }
                Step::Raw(raw) => laid_out.push(LaidOutStep::Sql(raw.sql.clone())),
                Step::Data(data) => {
                    let scoper = self.scoper(tables.clone())?;
                    laid_out.push(LaidOutStep::Data(data.clone(), Arc::new(scoper)));
                }
                Step::Adapted(adapted) => laid_out.push(LaidOutStep::Adapted(adapted.clone())),
            }
        }
        Ok(laid_out)
    }

    fn scoper(&self, tables: Catalog) -> Result<Scoper> {
        let scoper = Scoper::new(self.dialect, Arc::new(tables), self.strategy)?;
        Ok(scoper.with_reserved_column(self.reserved))
    }
}

/// On the way down everything runs in a transaction, where no index is built concurrently.
fn waiting(mut step: Step) -> Step {
    if let Step::Schema(SchemaChange::CreateIndex(index)) = &mut step {
        index.concurrently = false;
    }
    step
}

/// A definition that names the tenant column has chosen a strategy, which is not its to choose.
fn check_columns(change: &SchemaChange, reserved: &Identifier) -> Result<()> {
    let (table, column) = match change {
        SchemaChange::CreateTable(table) => {
            let named = table.columns.iter().find(|c| is_reserved(&c.name, reserved));
            (&table.name, named.map(|column| &column.name))
        }
        SchemaChange::AddColumn { table, column } => (table, Some(&column.name)),
        SchemaChange::RenameColumn { table, to, .. } => (table, Some(to)),
        SchemaChange::DropColumn { table, column } => (table, Some(column)),
        SchemaChange::DropTable { .. }
        | SchemaChange::RenameTable { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::DropIndex { .. }
        | SchemaChange::AddForeignKey { .. }
        | SchemaChange::DropConstraint { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. } => return Ok(()),
    };
    match column.filter(|column| is_reserved(column, reserved)) {
        Some(column) => Err(Error::ReservedColumn { table: table.clone(), column: column.clone() }),
        None => Ok(()),
    }
}

/// SQLite tells names that differ in case only not apart.
fn is_reserved(column: &str, reserved: &Identifier) -> bool {
    column.eq_ignore_ascii_case(reserved.as_str())
}

fn check_references(change: &SchemaChange, tables: &Catalog) -> Result<()> {
    let check = |table: &str, key: &ForeignKeyDefinition| {
        let reason = match tables.table(&key.references).map(|table| table.kind) {
            Some(TableKind::Tenant | TableKind::Shared { .. }) => return Ok(()),
            None if key.references == table => return Ok(()),
            Some(TableKind::Registry) => "which is the framework's own",
            None => "which is not there before it",
        };
        Err(Error::Reference {
            table: table.to_owned(),
            references: key.references.clone(),
            reason,
        })
    };
    match change {
        SchemaChange::CreateTable(table) => {
            table.foreign_keys.iter().try_for_each(|key| check(&table.name, key))
        }
        SchemaChange::AddForeignKey { table, key } => check(table, key),
        SchemaChange::DropTable { .. }
        | SchemaChange::RenameTable { .. }
        | SchemaChange::AddColumn { .. }
        | SchemaChange::DropColumn { .. }
        | SchemaChange::RenameColumn { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::DropIndex { .. }
        | SchemaChange::DropConstraint { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. } => Ok(()),
    }
}
