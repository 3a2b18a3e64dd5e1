//! Makes a change to the state, or tells why it does not fit.

use super::{State, TableState, index_rests_on, is_default};
use crate::{
    error::{Error, Result},
    migrate::{
        change::{
            ColumnChange, ColumnDefinition, ForeignKeyDefinition, IndexDefinition, SchemaChange,
            TableDefinition, TypeDefinition, UniqueDefinition, ValuePlace,
        },
        piece::{mentions, with_column, with_table, with_type},
    },
    scope::Dialect,
};

/// A change that is being made, by a migration that errors name.
pub(super) struct Applying<'a> {
    state: &'a mut State,
    migration: &'a str,
}

impl<'a> Applying<'a> {
    pub(super) fn new(state: &'a mut State, migration: &'a str) -> Self {
        Self { state, migration }
    }

    fn unfit(&self, reason: String) -> Error {
        Error::UnfitChange { migration: self.migration.to_owned(), reason }
    }

    fn table(&mut self, table: &str) -> Result<&mut TableState> {
        let migration = self.migration;
        self.state.tables.get_mut(table).ok_or_else(|| Error::UnknownTable {
            table: table.to_owned(),
            migration: migration.to_owned(),
        })
    }

    pub(super) fn change(&mut self, change: &SchemaChange) -> Result<()> {
        match change {
            SchemaChange::CreateTable(definition) => self.create_table(definition),
            SchemaChange::DropTable { table } => self.drop_table(table),
            SchemaChange::RenameTable { table, to } => self.rename_table(table, to),
            SchemaChange::AddColumn { table, column } => self.add_column(table, column),
            SchemaChange::DropColumn { table, column } => self.drop_column(table, column),
            SchemaChange::RenameColumn { table, column, to } => {
                self.rename_column(table, column, to)
            }
            SchemaChange::AlterColumn { table, column, change } => {
                self.alter_column(table, column, change)
            }
            SchemaChange::CreateIndex(index) => self.create_index(index),
            SchemaChange::RenameIndex { name, to } => self.rename_index(name, to),
            SchemaChange::DropIndex { name } => self.drop_index(name),
            SchemaChange::AddForeignKey { table, key } => {
                self.check_columns(table, &key.columns)?;
                self.check_new_constraint(table, Some(&key.name))?;
                self.table(table)?.definition.foreign_keys.push(key.clone());
                Ok(())
            }
            SchemaChange::AddUniqueKey { table, key } => self.add_unique_key(table, key),
            SchemaChange::AddCheck { table, check } => {
                self.check_new_constraint(table, check.name.as_ref())?;
                self.table(table)?.definition.checks.push(check.clone());
                Ok(())
            }
            SchemaChange::DropConstraint { table, name } => self.drop_constraint(table, name),
            SchemaChange::CreateType(definition) => self.create_type(definition),
            SchemaChange::DropType { name } => self.drop_type(name),
            SchemaChange::RenameType { name, to } => self.rename_type(name, to),
            SchemaChange::AddTypeValue { name, value, place } => {
                self.add_type_value(name, value, place.as_ref())
            }
            SchemaChange::RenameTypeValue { name, value, to } => {
                self.rename_type_value(name, value, to)
            }
        }
    }

    /// Brings the catalog up to date with a table that is there or not.
    fn note(&mut self, table: &str) {
        match self.state.tables.get(table) {
            Some(changed) => drop(self.state.catalog.insert(changed.catalog_table())),
            None => drop(self.state.catalog.remove(table)),
        }
    }

    fn create_table(&mut self, definition: &TableDefinition) -> Result<()> {
        let name = &definition.name;
        if self.state.catalog.table(name).is_some() {
            return Err(Error::TableExists {
                table: name.clone(),
                migration: self.migration.to_owned(),
            });
        }
        let created = TableState { definition: definition.clone(), indexes: Vec::new() };
        self.state.tables.insert(name.clone(), created);
        self.note(name);
        Ok(())
    }

    fn drop_table(&mut self, table: &str) -> Result<()> {
        self.table(table)?;
        if let Some((other, key)) = self.state.references(table).next() {
            let (other, key) = (&other.name, &key.name);
            return Err(self.unfit(format!(
                "the table `{table}` is dropped, and `{other}` refers to it by `{key}`"
            )));
        }
        self.state.tables.remove(table);
        self.note(table);
        Ok(())
    }

    fn rename_table(&mut self, table: &str, to: &str) -> Result<()> {
        self.table(table)?;
        if self.state.catalog.table(to).is_some() {
            return Err(Error::TableExists {
                table: to.to_owned(),
                migration: self.migration.to_owned(),
            });
        }
        let dialect = self.state.dialect;
        if let Some(mut moved) = self.state.tables.remove(table) {
            to.clone_into(&mut moved.definition.name);
            moved.indexes.iter_mut().for_each(|index| to.clone_into(&mut index.table));
            moved.rewrite(|text| with_table(text, table, to, dialect));
            self.state.tables.insert(to.to_owned(), moved);
        }
        let keys = self.state.tables.values_mut().flat_map(|t| &mut t.definition.foreign_keys);
        for key in keys.filter(|key| key.references == table) {
            to.clone_into(&mut key.references);
        }
        self.note(table);
        self.note(to);
        Ok(())
    }

    fn add_column(&mut self, table: &str, column: &ColumnDefinition) -> Result<()> {
        if self.table(table)?.has_column(&column.name) {
            let name = &column.name;
            return Err(self.unfit(format!("the table `{table}` has a column `{name}` already")));
        }
        self.table(table)?.definition.columns.push(column.clone());
        self.note(table);
        Ok(())
    }

    fn check_columns(&mut self, table: &str, columns: &[String]) -> Result<()> {
        let known = self.table(table)?;
        match columns.iter().find(|column| !known.has_column(column)) {
            Some(column) => {
                Err(self.unfit(format!("the table `{table}` has no column `{column}`")))
            }
            None => Ok(()),
        }
    }

    /// Drops what rests on it as well, as PostgreSQL does.
    fn drop_column(&mut self, table: &str, column: &str) -> Result<()> {
        self.check_columns(table, &[column.to_owned()])?;
        let dialect = self.state.dialect;
        let is_referred = |key: &ForeignKeyDefinition| {
            key.references == table && key.referenced_columns.iter().any(|c| c == column)
        };
        if let Some((other, _)) = self.state.references(table).find(|(_, key)| is_referred(key)) {
            let other = &other.name;
            return Err(self.unfit(format!(
                "the column `{column}` of `{table}` is dropped, and `{other}` refers to it"
            )));
        }
        let changed = self.table(table)?;
        let is_listed = |columns: &[String]| columns.iter().any(|listed| listed == column);
        if is_listed(&changed.definition.primary_key) {
            return Err(self
                .unfit(format!("the column `{column}` is part of the primary key of `{table}`")));
        }
        changed.indexes.retain(|index| !index_rests_on(index, column, dialect));
        let definition = &mut changed.definition;
        definition.columns.retain(|other| other.name != column);
        definition.unique_keys.retain(|key| !is_listed(&key.columns));
        definition.foreign_keys.retain(|key| !is_listed(&key.columns) && !is_referred(key));
        definition.checks.retain(|check| !mentions(&check.condition, column, dialect));
        self.note(table);
        Ok(())
    }

    fn rename_column(&mut self, table: &str, column: &str, to: &str) -> Result<()> {
        self.check_columns(table, &[column.to_owned()])?;
        let dialect = self.state.dialect;
        let changed = self.table(table)?;
        if changed.has_column(to) {
            return Err(self.unfit(format!("the table `{table}` has a column `{to}` already")));
        }
        changed.rewrite(|text| with_column(text, column, to, dialect));
        let definition = &mut changed.definition;
        let names = definition.columns.iter_mut().map(|c| &mut c.name);
        let names = names
            .chain(&mut definition.primary_key)
            .chain(definition.unique_keys.iter_mut().flat_map(|key| &mut key.columns))
            .chain(definition.foreign_keys.iter_mut().flat_map(|key| &mut key.columns))
            .chain(
                changed.indexes.iter_mut().flat_map(|i| &mut i.parts).flat_map(|p| &mut p.column),
            );
        for name in names.filter(|name| *name == column) {
            to.clone_into(name);
        }
        let keys = self.state.tables.values_mut().flat_map(|t| &mut t.definition.foreign_keys);
        let pointing = keys.filter(|key| key.references == table);
        for name in pointing.flat_map(|key| &mut key.referenced_columns).filter(|n| *n == column) {
            to.clone_into(name);
        }
        self.note(table);
        Ok(())
    }

    fn alter_column(&mut self, table: &str, column: &str, change: &ColumnChange) -> Result<()> {
        self.check_columns(table, &[column.to_owned()])?;
        let Some(altered) = self.table(table)?.column(column) else { return Ok(()) };
        match change {
            ColumnChange::Type { data_type, .. } => data_type.clone_into(&mut altered.data_type),
            ColumnChange::SetNotNull => altered.nullable = false,
            ColumnChange::DropNotNull => altered.nullable = true,
            ColumnChange::SetDefault(default) => {
                altered.options.retain(|option| !is_default(option));
                altered.options.push(format!("DEFAULT {default}"));
            }
            ColumnChange::DropDefault => altered.options.retain(|option| !is_default(option)),
        }
        Ok(())
    }

    fn create_index(&mut self, index: &IndexDefinition) -> Result<()> {
        if self.state.index(&index.name).is_some() {
            return Err(self.unfit(format!("there is an index `{}` already", index.name)));
        }
        self.table(&index.table)?.indexes.push(index.clone());
        self.note(&index.table);
        Ok(())
    }

    fn rename_index(&mut self, name: &str, to: &str) -> Result<()> {
        if self.state.index(to).is_some() {
            return Err(self.unfit(format!("there is an index `{to}` already")));
        }
        let indexes = self.state.tables.values_mut().flat_map(|table| &mut table.indexes);
        match indexes.into_iter().find(|index| index.name == name) {
            Some(index) => to.clone_into(&mut index.name),
            // One that raw SQL has made is none of the definitions'.
            None if self.state.dialect != Dialect::Sqlite => {}
            None => return Err(self.unfit(format!("there is no index `{name}`"))),
        }
        Ok(())
    }

    fn drop_index(&mut self, name: &str) -> Result<()> {
        // One that raw SQL has made is none of the definitions'.
        let Some(table) = self.state.index(name).map(|index| index.table.clone()) else {
            return Ok(());
        };
        self.table(&table)?.indexes.retain(|index| index.name != name);
        self.note(&table);
        Ok(())
    }

    fn add_unique_key(&mut self, table: &str, key: &UniqueDefinition) -> Result<()> {
        self.check_columns(table, &key.columns)?;
        self.check_new_constraint(table, Some(&key.name))?;
        self.table(table)?.definition.unique_keys.push(key.clone());
        self.note(table);
        Ok(())
    }

    fn check_new_constraint(&mut self, table: &str, name: Option<&String>) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        if self.table(table)?.definition.has_constraint(name) {
            return Err(
                self.unfit(format!("the table `{table}` has a constraint `{name}` already"))
            );
        }
        Ok(())
    }

    fn drop_constraint(&mut self, table: &str, name: &str) -> Result<()> {
        let definition = &mut self.table(table)?.definition;
        // PostgreSQL names what has no name in its definition, so it may well be there.
        if !definition.has_constraint(name) && self.state.dialect == Dialect::Sqlite {
            return Err(self.unfit(format!("the table `{table}` has no constraint `{name}`")));
        }
        let definition = &mut self.table(table)?.definition;
        definition.unique_keys.retain(|key| key.name != name);
        definition.foreign_keys.retain(|key| key.name != name);
        definition.checks.retain(|check| check.name.as_deref() != Some(name));
        self.note(table);
        Ok(())
    }

    fn create_type(&mut self, definition: &TypeDefinition) -> Result<()> {
        let name = &definition.name;
        if self.state.types.contains_key(name) {
            return Err(self.type_exists(name));
        }
        self.state.types.insert(name.clone(), definition.clone());
        self.state.catalog.insert_tenant_type(name.clone());
        Ok(())
    }

    fn type_exists(&self, name: &str) -> Error {
        Error::TypeExists { name: name.to_owned(), migration: self.migration.to_owned() }
    }

    fn unknown_type(&self, name: &str) -> Error {
        Error::UnknownType { name: name.to_owned(), migration: self.migration.to_owned() }
    }

    fn drop_type(&mut self, name: &str) -> Result<()> {
        if self.state.types.remove(name).is_none() {
            return Err(self.unknown_type(name));
        }
        self.state.catalog.remove_tenant_type(name);
        Ok(())
    }

    fn rename_type(&mut self, name: &str, to: &str) -> Result<()> {
        if self.state.types.contains_key(to) {
            return Err(self.type_exists(to));
        }
        let Some(mut renamed) = self.state.types.remove(name) else {
            return Err(self.unknown_type(name));
        };
        to.clone_into(&mut renamed.name);
        self.state.types.insert(to.to_owned(), renamed);
        self.state.catalog.remove_tenant_type(name);
        self.state.catalog.insert_tenant_type(to.to_owned());
        let dialect = self.state.dialect;
        for column in self.state.tables.values_mut().flat_map(|t| &mut t.definition.columns) {
            column.data_type = with_type(&column.data_type, name, to, dialect);
        }
        Ok(())
    }

    fn values(&mut self, name: &str) -> Result<&mut Vec<String>> {
        let unknown = self.unknown_type(name);
        self.state.types.get_mut(name).map(|definition| &mut definition.values).ok_or(unknown)
    }

    fn add_type_value(
        &mut self,
        name: &str,
        value: &str,
        place: Option<&ValuePlace>,
    ) -> Result<()> {
        let values = self.values(name)?;
        let at = |neighbour: &String| values.iter().position(|value| value == neighbour);
        let at = match place {
            None => Some(values.len()),
            Some(ValuePlace::Before(neighbour)) => at(neighbour),
            Some(ValuePlace::After(neighbour)) => at(neighbour).map(|at| at + 1),
        };
        match at {
            Some(at) if !values.iter().any(|there| there == value) => {
                values.insert(at, value.to_owned());
                Ok(())
            }
            Some(_) => {
                Err(self.unfit(format!("the type `{name}` has the value `{value}` already")))
            }
            None => {
                Err(self.unfit(format!("the type `{name}` lacks the value beside the new one")))
            }
        }
    }

    fn rename_type_value(&mut self, name: &str, value: &str, to: &str) -> Result<()> {
        let values = self.values(name)?;
        let is_taken = values.iter().any(|there| there == to);
        match values.iter_mut().find(|there| *there == value) {
            Some(there) if !is_taken => {
                to.clone_into(there);
                Ok(())
            }
            Some(_) => Err(self.unfit(format!("the type `{name}` has the value `{to}` already"))),
            None => Err(self.unfit(format!("the type `{name}` has no value `{value}`"))),
        }
    }
}
