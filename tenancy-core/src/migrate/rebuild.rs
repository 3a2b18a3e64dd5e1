//! Rebuilds a SQLite table for a change that `ALTER TABLE` cannot make, by the documented procedure
//! (<https://www.sqlite.org/lang_altertable.html#otheralter>): the rows are kept aside, the table is
//! dropped and created as it should be, and the rows come back.
//!
//! The procedure asks for foreign keys to be switched off, which is not possible within the
//! transaction of a migration. With them on, dropping a table deletes its rows, and that has two
//! effects on the rows that refer to them:
//!
//! - Rows without an action are left pointing at nothing until the rows come back. So the keys are
//!   deferred to the end of the transaction, and the table has its own name again before they do:
//!   SQLite counts what points at nothing, and counts down by the name.
//! - Rows with an action (`CASCADE`, `SET NULL`, `SET DEFAULT`) are deleted or changed. So the rows
//!   of every table that such an action can reach are kept aside too, and come back as well.
//!
//! What is not known from the definitions, and would be lost, is looked for before anything is
//! touched: a trigger on one of these tables, or a table that an action would reach and that no
//! definition tells of. With either the migration fails, and nothing has happened.

use std::collections::BTreeSet;

use super::{
    change::{
        ColumnChange, ForeignKeyDefinition, IndexDefinition, ReferentialAction, SchemaChange,
        TableDefinition,
    },
    layout::Layout,
    render::{create_index, create_table, literal, quoted, quoted_list},
    state::{State, TableState, is_default},
};
use crate::{
    error::{Error, Result},
    scope::Dialect,
};

/// Holds nothing but what must be nothing.
const GUARD: &str = "\"tenancy_rebuild_guard\"";
const SEQUENCE: &str = "\"tenancy_rebuild_sequence\"";

/// The table that has to be rebuilt for a change; `None` where SQLite makes it in place.
pub(crate) fn needed_by<'a>(change: &'a SchemaChange, before: &State) -> Option<&'a str> {
    match change {
        SchemaChange::AlterColumn { table, .. }
        | SchemaChange::AddForeignKey { table, .. }
        | SchemaChange::AddUniqueKey { table, .. }
        | SchemaChange::AddCheck { table, .. }
        | SchemaChange::DropConstraint { table, .. } => Some(table),
        SchemaChange::AddColumn { table, column } => {
            let is_filled = column.nullable || column.options.iter().any(|o| is_default(o));
            let is_in_place = is_filled && column.options.iter().all(|o| is_added_in_place(o));
            (!is_in_place && !column.generated_key).then_some(table)
        }
        SchemaChange::DropColumn { table, column } => {
            let rests = |table: &TableState| table.rests_on(column, Dialect::Sqlite);
            before.table(table).is_some_and(rests).then_some(table)
        }
        SchemaChange::CreateTable(_)
        | SchemaChange::DropTable { .. }
        | SchemaChange::RenameTable { .. }
        | SchemaChange::RenameColumn { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::RenameIndex { .. }
        | SchemaChange::DropIndex { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. }
        | SchemaChange::RenameType { .. }
        | SchemaChange::AddTypeValue { .. }
        | SchemaChange::RenameTypeValue { .. } => None,
    }
}

/// A column can be added with a default that is the same for every row, and without a stored
/// expression.
fn is_added_in_place(option: &str) -> bool {
    let is_computed = option
        .strip_prefix("DEFAULT ")
        .is_some_and(|default| default.starts_with('(') || default.starts_with("CURRENT_"));
    let is_stored = is_generated(option) && option.ends_with("STORED");
    !(is_computed || is_stored)
}

/// Whether an option says that an expression makes the values of the column.
fn is_generated(option: &str) -> bool {
    option.starts_with("GENERATED ") || option.starts_with("AS ")
}

fn has_action(key: &ForeignKeyDefinition) -> bool {
    match key.on_delete {
        Some(
            ReferentialAction::Cascade
            | ReferentialAction::SetNull(_)
            | ReferentialAction::SetDefault(_),
        ) => true,
        Some(ReferentialAction::Restrict | ReferentialAction::NoAction) | None => false,
    }
}

/// The columns of a table that hold what was written into them.
fn written_columns(table: &TableDefinition) -> Vec<String> {
    let is_written = |column: &&super::change::ColumnDefinition| {
        !column.options.iter().any(|option| is_generated(option))
    };
    table.columns.iter().filter(is_written).map(|column| column.name.clone()).collect()
}

/// A change that needs a table to be rebuilt.
pub(crate) struct Rebuild<'a> {
    pub(crate) layout: &'a Layout<'a>,
    pub(crate) before: &'a State,
    pub(crate) after: &'a State,
    pub(crate) change: &'a SchemaChange,
    pub(crate) table: &'a str,
}

/// A table whose rows are kept aside.
struct Kept {
    table: String,
    columns: Vec<String>,
    aside: String,
}

impl Kept {
    fn keep(&self) -> String {
        let (columns, table) = (quoted_list(&self.columns), quoted(&self.table));
        format!("CREATE TEMP TABLE {} AS SELECT {columns} FROM {table}", self.aside)
    }

    fn bring_back(&self) -> String {
        let (columns, table) = (quoted_list(&self.columns), quoted(&self.table));
        format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {}", self.aside)
    }
}

impl Rebuild<'_> {
    /// The statements, in order, that make the change.
    pub(crate) fn statements(&self) -> Result<Vec<String>> {
        let before = self.laid_out(self.table, self.before)?;
        let after = self.laid_out(self.table, self.after)?;
        let own = self.kept(&before, 0);
        let reached = self.reached();
        let others: Vec<Kept> = reached
            .iter()
            .zip(1..)
            .map(|(table, at)| Ok(self.kept(&self.laid_out(table, self.before)?, at)))
            .collect::<Result<_>>()?;
        let (unique, other): (Vec<_>, Vec<_>) =
            self.indexes()?.into_iter().partition(|index| index.unique);
        let generates = after.columns.iter().any(|column| column.generated_key);

        let mut statements = self.guards(&reached);
        statements.push("PRAGMA defer_foreign_keys = ON".to_owned());
        statements.extend(std::iter::once(&own).chain(&others).map(Kept::keep));
        statements.extend(generates.then(|| self.keep_sequence()));
        statements.push(format!("DROP TABLE {}", quoted(self.table)));
        statements.push(create_table(&after, Dialect::Sqlite));
        // A foreign key may point at what a unique index keeps unique.
        statements.extend(unique.iter().map(|index| create_index(index, Dialect::Sqlite)));
        statements.push(self.bring_back(&own, &after));
        statements.extend(generates.then(|| self.bring_back_sequence()).into_iter().flatten());
        // All are emptied first: an action that deletes must not find what has come back.
        let empty = |kept: &Kept| format!("DELETE FROM {}", quoted(&kept.table));
        statements.extend(others.iter().map(empty));
        statements.extend(others.iter().map(Kept::bring_back));
        statements.extend(other.iter().map(|index| create_index(index, Dialect::Sqlite)));
        statements.push(self.check_keys(&reached));
        let aside = std::iter::once(&own).chain(&others).map(|kept| kept.aside.as_str());
        let aside = aside.chain(generates.then_some(SEQUENCE)).chain([GUARD]);
        statements.extend(aside.map(|table| format!("DROP TABLE {table}")));
        Ok(statements)
    }

    fn kept(&self, table: &TableDefinition, at: usize) -> Kept {
        Kept {
            table: table.name.clone(),
            columns: written_columns(table),
            aside: format!("\"tenancy_rebuild_{at}\""),
        }
    }

    /// A table as the strategy lays it out.
    fn laid_out(&self, table: &str, state: &State) -> Result<TableDefinition> {
        let unknown = || Error::UnsupportedDefinition {
            what: format!("the rebuilding of `{table}`, which no definition tells of"),
        };
        let plain = state.table(table).ok_or_else(unknown)?.definition.clone();
        let change = SchemaChange::CreateTable(plain);
        match self.layout.laid_out(&change, self.before.catalog())?.as_slice() {
            [SchemaChange::CreateTable(table)] => Ok(table.clone()),
            _ => Err(Error::UnsupportedDefinition {
                what: format!(
                    "the rebuilding of `{table}`, which is laid out as more than a table"
                ),
            }),
        }
    }

    fn indexes(&self) -> Result<Vec<IndexDefinition>> {
        let plain = self.after.table(self.table).map(|table| table.indexes.clone());
        let mut laid_out = Vec::new();
        for index in plain.unwrap_or_default() {
            let name = index.name.clone();
            let change = SchemaChange::CreateIndex(index);
            let catalog = self.after.catalog();
            match self.layout.laid_out(&change, catalog)?.as_slice() {
                [SchemaChange::CreateIndex(index)] => laid_out.push(index.clone()),
                _ => {
                    let what = format!("an index `{name}` that is laid out as more than one");
                    return Err(Error::UnsupportedDefinition { what });
                }
            }
        }
        Ok(laid_out)
    }

    /// The other tables whose rows go or change when all rows of the table are deleted.
    fn reached(&self) -> Vec<String> {
        let mut reached = BTreeSet::new();
        let mut next = vec![self.table.to_owned()];
        while let Some(table) = next.pop() {
            for (child, key) in self.before.references(&table) {
                if has_action(key) && child.name != self.table && reached.insert(child.name.clone())
                {
                    next.push(child.name.clone());
                }
            }
        }
        reached.into_iter().collect()
    }

    /// Looks for what the definitions do not tell of.
    fn guards(&self, reached: &[String]) -> Vec<String> {
        let tables = self.touched(reached);
        let create = format!(
            "CREATE TEMP TABLE {GUARD} (\
             \"triggers\" integer CONSTRAINT \"a table that is rebuilt has no trigger\" \
             CHECK (\"triggers\" = 0), \
             \"children\" integer CONSTRAINT \"no other table would lose rows\" \
             CHECK (\"children\" = 0), \
             \"broken\" integer CONSTRAINT \"every foreign key still holds\" CHECK (\"broken\" = 0))"
        );
        let check = format!(
            "INSERT INTO {GUARD} (\"triggers\", \"children\") SELECT \
             (SELECT count(*) FROM main.sqlite_schema \
             WHERE type = 'trigger' AND tbl_name COLLATE NOCASE IN ({tables})), \
             (SELECT count(*) FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') k \
             WHERE m.type = 'table' AND k.\"table\" COLLATE NOCASE IN ({tables}) \
             AND k.on_delete NOT IN ('NO ACTION', 'RESTRICT') \
             AND m.name COLLATE NOCASE NOT IN ({tables}))"
        );
        vec![create, check]
    }

    /// The table and those that its deletion reaches, as literals.
    fn touched(&self, reached: &[String]) -> String {
        let names = std::iter::once(self.table).chain(reached.iter().map(String::as_str));
        names.map(literal).collect::<Vec<_>>().join(", ")
    }

    fn keep_sequence(&self) -> String {
        let table = literal(self.table);
        format!(
            "CREATE TEMP TABLE {SEQUENCE} AS \
             SELECT name, seq FROM main.sqlite_sequence WHERE name = {table}"
        )
    }

    /// Generated ids are never used again, also of rows that are gone.
    fn bring_back_sequence(&self) -> [String; 2] {
        let table = literal(self.table);
        [
            format!("DELETE FROM main.sqlite_sequence WHERE name = {table}"),
            format!(
                "INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM {SEQUENCE}"
            ),
        ]
    }

    /// Brings the rows back: of the columns that there were and are, changed as the change says.
    fn bring_back(&self, own: &Kept, after: &TableDefinition) -> String {
        let columns: Vec<String> = written_columns(after)
            .into_iter()
            .filter(|column| own.columns.contains(column))
            .collect();
        let values: Vec<String> = columns.iter().map(|column| self.value(column)).collect();
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {}",
            quoted(self.table),
            quoted_list(&columns),
            values.join(", "),
            own.aside
        )
    }

    fn value(&self, name: &str) -> String {
        if let SchemaChange::AlterColumn { column, change, .. } = self.change
            && let ColumnChange::Type { using: Some(using), .. } = change
            && column == name
        {
            return using.clone();
        }
        quoted(name)
    }

    /// Every key that points from one of the tables or at the rebuilt one holds.
    fn check_keys(&self, reached: &[String]) -> String {
        let mut tables: BTreeSet<&str> = reached.iter().map(String::as_str).collect();
        tables.insert(self.table);
        tables.extend(self.before.references(self.table).map(|(child, _)| child.name.as_str()));
        let count = |table: &str| {
            format!("(SELECT count(*) FROM pragma_foreign_key_check({}, 'main'))", literal(table))
        };
        let counts: Vec<String> = tables.into_iter().map(count).collect();
        format!("INSERT INTO {GUARD} (\"broken\") SELECT {}", counts.join(" + "))
    }
}

#[cfg(test)]
mod tests;
