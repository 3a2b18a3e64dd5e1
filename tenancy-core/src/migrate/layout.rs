//! Lays the tenant set out: what each migration is in the strategy's and the database's words.

use sea_orm::DbBackend;

use super::{
    change::{ForeignKeyDefinition, SchemaChange},
    ledger,
    record::{RecordedMigration, TenantSet, apply},
    render,
};
use crate::{
    catalog::{Catalog, TableKind},
    error::{Error, Result},
    name::Identifier,
    scope::Dialect,
    strategy::TenancyStrategy,
};

/// A tenant migration as it is sent, wherever the connection stands.
#[derive(Debug, Clone)]
pub(crate) struct LaidOutMigration {
    pub(crate) recorded: RecordedMigration,
    pub(crate) statements: Vec<String>,
}

impl LaidOutMigration {
    /// The migration with its entry in the ledger, as one message.
    pub(crate) fn message(&self, backend: DbBackend) -> String {
        let mut message = self.statements.join(";\n");
        if !message.is_empty() {
            message.push_str(";\n");
        }
        message.push_str(&ledger::enter(backend, &self.recorded.name));
        message
    }
}

/// Lays the whole set out. `shared` is what tenants may refer to beside their own tables, and
/// `reserved` the column that no definition may name.
pub(crate) fn lay_out(
    set: &TenantSet,
    shared: &Catalog,
    reserved: &Identifier,
    strategy: &dyn TenancyStrategy,
    dialect: Dialect,
) -> Result<Vec<LaidOutMigration>> {
    let mut tables = shared.clone();
    let mut laid_out = Vec::with_capacity(set.migrations().len());
    for recorded in set.migrations() {
        let mut statements = Vec::new();
        for change in &recorded.up {
            check_columns(change, reserved)?;
            check_references(change, &tables)?;
            for physical in strategy.lay_out(change, &tables, dialect)? {
                statements.push(render::statement(&physical, dialect)?);
            }
            apply(&mut tables, change, &recorded.name)?;
        }
        laid_out.push(LaidOutMigration { recorded: recorded.clone(), statements });
    }
    Ok(laid_out)
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
