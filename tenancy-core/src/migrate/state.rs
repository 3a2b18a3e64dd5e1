//! The tables that tenants have between two changes, as they were written down.

mod apply;

use std::collections::BTreeMap;

use self::apply::Applying;
use super::{
    change::{
        ColumnDefinition, ForeignKeyDefinition, IndexDefinition, SchemaChange, TableDefinition,
        TypeDefinition,
    },
    piece::mentions,
};
use crate::{
    catalog::{Catalog, Key, Table, TableKind},
    error::Result,
    scope::Dialect,
};

/// A table and its indexes.
#[derive(Debug, Clone)]
pub(crate) struct TableState {
    pub(crate) definition: TableDefinition,
    pub(crate) indexes: Vec<IndexDefinition>,
}

/// All tables and types of tenants, by name, as they are defined: before any layout.
#[derive(Debug, Clone)]
pub(crate) struct State {
    dialect: Dialect,
    tables: BTreeMap<String, TableState>,
    types: BTreeMap<String, TypeDefinition>,
    /// The same for statement scoping, beside what is there for all tenants.
    catalog: Catalog,
}

impl State {
    /// No tables yet, beside those that are there for all tenants.
    pub(crate) fn beside(shared: Catalog, dialect: Dialect) -> Self {
        Self { dialect, tables: BTreeMap::new(), types: BTreeMap::new(), catalog: shared }
    }

    /// The database whose words the definitions have.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What a statement may meet.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn table(&self, name: &str) -> Option<&TableState> {
        self.tables.get(name)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &TableState> {
        self.tables.values()
    }

    pub(crate) fn types(&self) -> impl Iterator<Item = &TypeDefinition> {
        self.types.values()
    }

    pub(crate) fn index(&self, name: &str) -> Option<&IndexDefinition> {
        self.tables.values().flat_map(|table| &table.indexes).find(|index| index.name == name)
    }

    /// The keys of other tables that point at a table.
    pub(crate) fn references(
        &self,
        table: &str,
    ) -> impl Iterator<Item = (&TableDefinition, &ForeignKeyDefinition)> {
        let others = self.tables.values().map(|other| &other.definition);
        others.filter(move |other| other.name != table).flat_map(move |other| {
            let keys = other.foreign_keys.iter().filter(move |key| key.references == table);
            keys.map(move |key| (other, key))
        })
    }

    /// Goes from before a change to after it.
    pub(crate) fn apply(&mut self, change: &SchemaChange, migration: &str) -> Result<()> {
        Applying::new(self, migration).change(change)
    }
}

impl TableState {
    fn column(&mut self, name: &str) -> Option<&mut ColumnDefinition> {
        self.definition.columns.iter_mut().find(|column| column.name == name)
    }

    fn has_column(&self, name: &str) -> bool {
        self.definition.columns.iter().any(|column| column.name == name)
    }

    /// Whether a key, check or index of the table, or another column, rests on a column.
    pub(crate) fn rests_on(&self, column: &str, dialect: Dialect) -> bool {
        let table = &self.definition;
        let is_listed = |columns: &[String]| columns.iter().any(|listed| listed == column);
        is_listed(&table.primary_key)
            || table.unique_keys.iter().any(|key| is_listed(&key.columns))
            || table.foreign_keys.iter().any(|key| is_listed(&key.columns))
            || table.checks.iter().any(|check| mentions(&check.condition, column, dialect))
            || self.indexes.iter().any(|index| index_rests_on(index, column, dialect))
            || table
                .columns
                .iter()
                .filter(|other| other.name != column)
                .any(|other| other.options.iter().any(|option| mentions(option, column, dialect)))
    }

    /// Rewrites every expression in it.
    fn rewrite(&mut self, rewritten: impl Fn(&str) -> String) {
        let table = &mut self.definition;
        let options = table.columns.iter_mut().flat_map(|column| &mut column.options);
        let checks = table.checks.iter_mut().map(|check| &mut check.condition);
        let of_indexes = self.indexes.iter_mut().flat_map(|index| {
            let parts = index.parts.iter_mut().map(|part| &mut part.text);
            parts.chain(&mut index.predicate)
        });
        for text in options.chain(checks).chain(of_indexes) {
            *text = rewritten(text);
        }
    }

    fn catalog_table(&self) -> Table {
        let table = &self.definition;
        let primary = Key {
            columns: table.primary_key.clone(),
            primary: true,
            generated: table.has_generated_key(),
        };
        let unique = table.unique_keys.iter().map(|key| key.columns.clone());
        let unique_indexes = self.indexes.iter().filter(|index| index.unique).filter_map(|index| {
            index.parts.iter().map(|part| part.column.clone()).collect::<Option<Vec<_>>>()
        });
        let unique = unique.chain(unique_indexes).map(|columns| Key {
            columns,
            primary: false,
            generated: false,
        });
        Table {
            name: table.name.clone(),
            kind: TableKind::Tenant,
            columns: table.columns.iter().map(|column| column.name.clone()).collect(),
            keys: Some(primary)
                .filter(|k| !k.columns.is_empty())
                .into_iter()
                .chain(unique)
                .collect(),
        }
    }
}

fn index_rests_on(index: &IndexDefinition, column: &str, dialect: Dialect) -> bool {
    let part_rests = |text: &str| mentions(text, column, dialect);
    index.parts.iter().any(|part| part.column.as_deref() == Some(column) || part_rests(&part.text))
        || index.predicate.as_deref().is_some_and(part_rests)
}

/// Whether an option of a column is its default.
pub(crate) fn is_default(option: &str) -> bool {
    option.starts_with("DEFAULT ")
}

impl TableDefinition {
    /// Whether its primary key is one column whose values the database gives out.
    #[must_use]
    pub fn has_generated_key(&self) -> bool {
        let [only] = self.primary_key.as_slice() else { return false };
        self.columns.iter().any(|column| column.generated_key && column.name == *only)
    }

    /// Whether it has a constraint of this name.
    pub(crate) fn has_constraint(&self, name: &str) -> bool {
        self.unique_keys.iter().any(|key| key.name == name)
            || self.foreign_keys.iter().any(|key| key.name == name)
            || self.checks.iter().any(|check| check.name.as_deref() == Some(name))
    }
}

#[cfg(test)]
mod tests;
