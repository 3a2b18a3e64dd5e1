//! Lays the tenant set out: what each migration is in the strategy's and the database's words.

use std::sync::Arc;

use super::{
    change::{ForeignKeyDefinition, SchemaChange},
    rebuild::{self, Rebuild},
    record::{RecordedMigration, TenantSet},
    render,
    state::State,
    step::{AdaptedStep, DataStep, Step},
};
use crate::{
    catalog::{Catalog, TableKind},
    error::{Error, Result},
    name::Identifier,
    scope::{Dialect, Scoper, declared::Declared},
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
    /// The same outside any transaction, where it says that it runs so. A new tenant's tables are
    /// empty, so there it runs in the transaction that makes them.
    pub(crate) outside: Option<Vec<LaidOutStep>>,
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
    pub(crate) declared: &'a Declared,
    /// The database of MariaDB or MySQL that the registry lies in.
    pub(crate) database: Option<&'a str>,
    /// Whether definitions stay as they are, as before there were tenants.
    pub(crate) is_plain: bool,
}

impl Layout<'_> {
    /// Lays the whole set out.
    pub(crate) fn lay_out(&self, set: &TenantSet) -> Result<Vec<LaidOutMigration>> {
        let mut state = State::beside(self.shared.clone(), self.dialect);
        let mut laid_out = Vec::with_capacity(set.migrations().len());
        for recorded in set.migrations() {
            let outside = (!recorded.in_transaction)
                .then(|| self.steps(&recorded.up, &mut state.clone(), &recorded.name))
                .transpose()?;
            let up: Vec<Step> = recorded.up.iter().cloned().map(waiting).collect();
            let up = self.steps(&up, &mut state, &recorded.name)?;
            let down = match &recorded.down {
                Some(down) => {
                    let down: Vec<Step> = down.iter().cloned().map(waiting).collect();
                    self.steps(&down, &mut state.clone(), &recorded.name)
                }
                None => Err(Error::Irreversible { migration: recorded.name.clone() }),
            };
            laid_out.push(LaidOutMigration { recorded: recorded.clone(), up, outside, down });
        }
        Ok(laid_out)
    }

    fn steps(
        &self,
        steps: &[Step],
        state: &mut State,
        migration: &str,
    ) -> Result<Vec<LaidOutStep>> {
        let mut laid_out = Vec::new();
        for step in steps {
            match step {
                Step::Schema(change) => {
                    check_columns(change, self.reserved)?;
                    check_references(change, state.catalog())?;
                    let statements = self.change(change, state, migration)?;
                    laid_out.extend(statements.into_iter().map(LaidOutStep::Sql));
                }
                Step::Raw(raw) => laid_out.push(LaidOutStep::Sql(raw.sql.clone())),
                Step::Data(data) => {
                    let scoper = self.scoper(state.catalog().clone())?;
                    laid_out.push(LaidOutStep::Data(data.clone(), Arc::new(scoper)));
                }
                Step::Adapted(adapted) => laid_out.push(LaidOutStep::Adapted(adapted.clone())),
            }
        }
        Ok(laid_out)
    }

    /// Goes to after a change; the statements that make it.
    fn change(
        &self,
        change: &SchemaChange,
        state: &mut State,
        migration: &str,
    ) -> Result<Vec<String>> {
        if self.dialect == Dialect::Sqlite {
            if let Some(table) = rebuild::needed_by(change, state) {
                let before = state.clone();
                state.apply(change, migration)?;
                let rebuild =
                    Rebuild { layout: self, before: &before, after: state, change, table };
                return rebuild.statements();
            }
            if let SchemaChange::RenameIndex { name, to } = change {
                state.apply(change, migration)?;
                let drop = SchemaChange::DropIndex { name: name.clone() };
                let create = state.index(to).cloned().map(SchemaChange::CreateIndex);
                let changes = std::iter::once(drop).chain(create);
                let statements = changes.map(|change| self.physical(&change, state.catalog()));
                return Ok(statements.collect::<Result<Vec<_>>>()?.concat());
            }
        }
        let before = (self.dialect == Dialect::MySql).then(|| state.clone());
        let statements = self.physical(change, state.catalog());
        if let Some(before) = before {
            state.apply(change, migration)?;
            let written = render::mysql::statement(change, &before, state)?;
            return written.map_or(statements, |statement| Ok(vec![statement]));
        }
        let statements = statements?;
        state.apply(change, migration)?;
        Ok(statements)
    }

    /// The statements that make a change as the strategy lays it out.
    pub(super) fn physical(&self, change: &SchemaChange, tables: &Catalog) -> Result<Vec<String>> {
        let laid_out = self.laid_out(change, tables)?;
        laid_out.iter().map(|change| render::statement(change, self.dialect)).collect()
    }

    /// A change as the strategy has it.
    pub(super) fn laid_out(
        &self,
        change: &SchemaChange,
        tables: &Catalog,
    ) -> Result<Vec<SchemaChange>> {
        if self.is_plain {
            return Ok(vec![change.clone()]);
        }
        self.strategy.lay_out(change, tables, self.dialect)
    }

    fn scoper(&self, tables: Catalog) -> Result<Scoper> {
        let scoper = Scoper::new(self.dialect, Arc::new(tables), self.strategy)?;
        let scoper = scoper.with_functions(self.declared.functions());
        let scoper = scoper.with_reserved_column(self.reserved);
        Ok(match self.database {
            Some(name) => scoper.with_database(name.to_owned()),
            None => scoper,
        })
    }
}

/// The step within a transaction, where no index is built concurrently.
fn waiting(mut step: Step) -> Step {
    if let Step::Schema(SchemaChange::CreateIndex(index)) = &mut step {
        index.concurrently = false;
    }
    step
}

/// A definition that names the tenant column has chosen a strategy, which is not its to choose.
fn check_columns(change: &SchemaChange, reserved: &Identifier) -> Result<()> {
    let (table, columns): (&String, Vec<&String>) = match change {
        SchemaChange::CreateTable(table) => {
            (&table.name, table.columns.iter().map(|column| &column.name).collect())
        }
        SchemaChange::AddColumn { table, column } => (table, vec![&column.name]),
        SchemaChange::RenameColumn { table, column, to } => (table, vec![column, to]),
        SchemaChange::DropColumn { table, column }
        | SchemaChange::AlterColumn { table, column, .. } => (table, vec![column]),
        SchemaChange::AddUniqueKey { table, key } => (table, key.columns.iter().collect()),
        SchemaChange::AddForeignKey { table, key } => (table, key.columns.iter().collect()),
        SchemaChange::DropTable { .. }
        | SchemaChange::RenameTable { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::RenameIndex { .. }
        | SchemaChange::DropIndex { .. }
        | SchemaChange::AddCheck { .. }
        | SchemaChange::DropConstraint { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. }
        | SchemaChange::RenameType { .. }
        | SchemaChange::AddTypeValue { .. }
        | SchemaChange::RenameTypeValue { .. } => return Ok(()),
    };
    match columns.into_iter().find(|column| is_reserved(column, reserved)) {
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
        | SchemaChange::AlterColumn { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::RenameIndex { .. }
        | SchemaChange::DropIndex { .. }
        | SchemaChange::AddUniqueKey { .. }
        | SchemaChange::AddCheck { .. }
        | SchemaChange::DropConstraint { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. }
        | SchemaChange::RenameType { .. }
        | SchemaChange::AddTypeValue { .. }
        | SchemaChange::RenameTypeValue { .. } => Ok(()),
    }
}
