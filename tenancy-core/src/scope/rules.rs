//! What is known before any statement comes: the tables with their rules, names and functions.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use super::{Dialect, TableRule};
use crate::{
    catalog::{Catalog, Table, TableKind},
    name::Identifier,
    strategy::TenancyStrategy,
};

/// Stands for the tenant's schema in a scoped text until the tenant is known. It is longer than
/// any name an application would choose, and a statement that holds it is refused.
pub(super) const SCHEMA_SENTINEL: &str = "tenancy_schema_of_the_tenant_5d0c41e7";

/// Stands for the database that the connection is in until the statement is looked at again: on
/// MySQL the tables that are present once lie there, and its name is the application's to choose.
pub(super) const DATABASE_SENTINEL: &str = "tenancy_database_of_the_server_5d0c41e7";

/// What stands for a name and must not come from outside.
pub(super) const SENTINELS: [&str; 2] = [SCHEMA_SENTINEL, DATABASE_SENTINEL];

/// A table with the rule the strategy gave for it.
#[derive(Debug)]
pub(super) struct ScopedTable {
    pub(super) table: Table,
    pub(super) rule: TableRule,
    pub(super) columns: Arc<[String]>,
}

impl ScopedTable {
    /// The schema that each reference is qualified with.
    pub(super) fn schema(&self) -> &str {
        match &self.rule {
            TableRule::Filter { schema, column: _ } | TableRule::Schema(schema) => schema.as_str(),
            TableRule::TenantSchema => SCHEMA_SENTINEL,
        }
    }

    /// The column that each reference is filtered by, where rows of several tenants lie together.
    pub(super) fn filter_column(&self) -> Option<&str> {
        match &self.rule {
            TableRule::Filter { schema: _, column } => Some(column.as_str()),
            TableRule::TenantSchema | TableRule::Schema(_) => None,
        }
    }

    /// Whether tenants may read the table but not write or lock it.
    pub(super) fn is_read_only(&self) -> bool {
        match self.table.kind {
            TableKind::Shared { writable } => !writable,
            TableKind::Tenant | TableKind::Registry => false,
        }
    }
}

/// What a name in a statement can mean.
#[derive(Debug)]
pub(super) enum Known {
    /// A tenant or shared table.
    Table(ScopedTable),
    /// A table of the framework.
    Registry,
}

/// The tables, names and functions that statements are scoped by.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) dialect: Dialect,
    tables: BTreeMap<String, Known>,
    catalog: Arc<Catalog>,
    reserved: BTreeSet<String>,
    pub(super) functions: BTreeSet<String>,
    /// The database of the server in which the tables lie that are present once, where it is known.
    pub(super) database: Option<String>,
}

impl Rules {
    pub(super) fn new(
        dialect: Dialect,
        catalog: Arc<Catalog>,
        strategy: &dyn TenancyStrategy,
    ) -> Self {
        let mut reserved = BTreeSet::new();
        let mut tables = BTreeMap::new();
        for table in catalog.tables() {
            let known = match table.kind {
                TableKind::Registry => Known::Registry,
                TableKind::Tenant | TableKind::Shared { .. } => {
                    let rule = dialect.placed(strategy.table_rule(table, dialect));
                    let scoped = ScopedTable {
                        columns: table.columns.as_slice().into(),
                        table: table.clone(),
                        rule,
                    };
                    reserved.extend(scoped.filter_column().map(str::to_owned));
                    Known::Table(scoped)
                }
            };
            tables.insert(dialect.key(&table.name), known);
        }
        let functions = BTreeSet::new();
        Self { dialect, tables, catalog, reserved, functions, database: None }
    }

    pub(super) fn reserve(&mut self, name: &str) {
        self.reserved.insert(self.dialect.key(name));
    }

    pub(super) fn known(&self, name: &str) -> Option<&Known> {
        self.tables.get(&self.dialect.key(name))
    }

    pub(super) fn is_reserved(&self, name: &str) -> bool {
        self.reserved.contains(&self.dialect.key(name))
    }

    pub(super) fn is_tenant_type(&self, name: &str) -> bool {
        self.catalog.is_tenant_type(name)
    }

    /// The schema in which tenant tables lie, and with them their types.
    pub(super) fn type_schema(&self) -> Option<&str> {
        self.tables.values().find_map(|known| match known {
            Known::Table(table) if table.table.kind == TableKind::Tenant => Some(table.schema()),
            Known::Table(_) | Known::Registry => None,
        })
    }
}

impl Dialect {
    /// The form of a name by which the database compares it.
    ///
    /// MySQL tells names of tables apart by case or not, as the server is set up, and never those
    /// of columns. A table is found here in whatever case, and printed as the catalog has it.
    pub(super) fn key(self, name: &str) -> String {
        match self {
            Self::Postgres => name.to_owned(),
            Self::Sqlite => name.to_ascii_lowercase(),
            Self::MySql => name.chars().map(folded).collect(),
        }
    }

    /// Whether the database takes both for one name.
    pub(super) fn same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Postgres => one == other,
            Self::Sqlite => one.eq_ignore_ascii_case(other),
            Self::MySql => one.chars().map(folded).eq(other.chars().map(folded)),
        }
    }

    /// A rule with what stands for the database of the connection.
    fn placed(self, rule: TableRule) -> TableRule {
        let is_shared =
            |schema: &Identifier| self == Self::MySql && *schema == self.shared_schema();
        match rule {
            TableRule::Filter { schema, column } if is_shared(&schema) => {
                TableRule::Filter { schema: Identifier::known(DATABASE_SENTINEL), column }
            }
            TableRule::Schema(schema) if is_shared(&schema) => {
                TableRule::Schema(Identifier::known(DATABASE_SENTINEL))
            }
            other @ (TableRule::Filter { .. } | TableRule::TenantSchema | TableRule::Schema(_)) => {
                other
            }
        }
    }
}

/// A character as MySQL compares names: each in one small form, some beyond ASCII in one of ASCII.
fn folded(c: char) -> char {
    match c {
        '\u{130}' => 'i',
        '\u{17f}' => 's',
        other => other.to_lowercase().next().unwrap_or(other),
    }
}

impl Dialect {
    /// Whether the database keeps relations of its own under names like this one, which it finds
    /// without a schema.
    pub(super) fn is_system(self, name: &str) -> bool {
        let starts = match self {
            Self::Postgres => &["pg_"][..],
            Self::Sqlite => &["sqlite_", "pragma_", "dbstat"][..],
            // None is found without its schema; this one is part of the grammar.
            Self::MySql => &["dual"][..],
        };
        let key = self.key(name);
        starts.iter().any(|start| key.starts_with(start))
    }
}

/// The columns of a source, in order; an empty name is one that cannot be referenced.
pub(super) type Columns = Rc<[String]>;
