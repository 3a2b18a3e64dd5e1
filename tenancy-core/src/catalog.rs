//! What tables there are, and whose: the `Catalog` that statement scoping decides by.

use std::collections::{BTreeMap, BTreeSet};

/// On which side a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// It holds rows of tenants.
    Tenant,
    /// It is present once and belongs to no tenant. Readable for every tenant.
    Shared {
        /// Whether a tenant's connection may write to it.
        writable: bool,
    },
    /// It is the framework's own. Out of reach for every tenant.
    Registry,
}

/// A primary or unique key as the application defined it, without the tenant column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether it is the primary key.
    pub primary: bool,
    /// Whether it is one column whose values the database gives out. SQLite does so for a key of that
    /// column alone.
    pub generated: bool,
}

/// A table as the application defined it: neither schema nor tenant column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as the database keeps it.
    pub name: String,
    /// On which side it stands.
    pub kind: TableKind,
    /// Its columns in the order of their definition.
    pub columns: Vec<String>,
    /// Its primary and unique keys.
    pub keys: Vec<Key>,
}

impl Table {
    /// Whether the application defined a column of this name.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }

    /// The columns of its primary key; empty when it has none.
    #[must_use]
    pub fn primary_key(&self) -> &[String] {
        self.keys.iter().find(|key| key.primary).map_or(&[], |key| &key.columns)
    }
}

/// All tables and types that a statement of a tenant may meet, by name.
///
/// A table that does not stand here is unknown, and a statement that names it is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    tables: BTreeMap<String, Table>,
    tenant_types: BTreeSet<String>,
}

impl Catalog {
    /// Puts a table in; a table of the same name is replaced and returned.
    pub fn insert(&mut self, table: Table) -> Option<Table> {
        self.tables.insert(table.name.clone(), table)
    }

    /// Takes a table out.
    pub fn remove(&mut self, name: &str) -> Option<Table> {
        self.tables.remove(name)
    }

    /// Puts in an enum type that lies where the tenant tables lie.
    ///
    /// Tells whether it was not there before.
    pub fn insert_tenant_type(&mut self, name: String) -> bool {
        self.tenant_types.insert(name)
    }

    /// Takes an enum type out, and tells whether it was there.
    pub fn remove_tenant_type(&mut self, name: &str) -> bool {
        self.tenant_types.remove(name)
    }

    /// The table of this name, as the database keeps it.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Whether there is a table of this name, in whatever case: SQLite tells no cases apart.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.tables.keys().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether an enum type of this name lies where the tenant tables lie.
    #[must_use]
    pub fn is_tenant_type(&self, name: &str) -> bool {
        self.tenant_types.contains(name)
    }

    /// The enum types that lie where the tenant tables lie, by name.
    pub fn tenant_types(&self) -> impl Iterator<Item = &str> {
        self.tenant_types.iter().map(String::as_str)
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }
}
