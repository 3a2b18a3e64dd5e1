//! Where entities and the tables that migrations make differ, as data and as lines to act on.

use std::fmt;

use serde::Serialize;

use crate::{
    migrate::{
        change::{ColumnDefinition, ForeignKeyDefinition, TableDefinition},
        state::{State, TableState},
    },
    scope::Dialect,
};

/// One difference between entities and migrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "drift", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EntityDrift {
    /// No migration creates the table of an entity.
    MissingTable {
        /// The table.
        table: String,
    },
    /// No entity has a table that migrations create.
    TableWithoutEntity {
        /// The table.
        table: String,
    },
    /// No migration adds a column of an entity.
    MissingColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type that the entity gives it.
        data_type: String,
    },
    /// An entity lacks a column that migrations add.
    ColumnWithoutField {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column is defined in another way.
    DifferentColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// As the entity defines it.
        entity: String,
        /// As migrations define it.
        migrations: String,
    },
    /// The primary key has other columns.
    PrimaryKey {
        /// The table.
        table: String,
        /// The columns in the entity.
        entity: Vec<String>,
        /// The columns in the migrations.
        migrations: Vec<String>,
    },
    /// No migration makes the columns unique that are unique in the entity.
    MissingUniqueKey {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// No migration creates an index of an entity.
    MissingIndex {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// No migration makes the reference that a relation of an entity is.
    MissingForeignKey {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
        /// The table that they refer to.
        references: String,
    },
    /// No migration creates an enum type of an entity.
    MissingType {
        /// Its name.
        name: String,
    },
    /// An enum type has other values, or in another order.
    DifferentType {
        /// Its name.
        name: String,
        /// The values in the entity.
        entity: Vec<String>,
        /// The values in the migrations.
        migrations: Vec<String>,
    },
}

impl fmt::Display for EntityDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTable { table } => write!(f, "no migration creates the table `{table}`"),
            Self::TableWithoutEntity { table } => {
                write!(f, "the table `{table}` has no entity")
            }
            Self::MissingColumn { table, column, data_type } => write!(
                f,
                "no migration adds the column `{column}` ({data_type}) to the table `{table}`"
            ),
            Self::ColumnWithoutField { table, column } => {
                write!(f, "the entity of the table `{table}` has no field for `{column}`")
            }
            Self::DifferentColumn { table, column, entity, migrations } => write!(
                f,
                "the column `{column}` of the table `{table}` is `{entity}` in the entity and \
                 `{migrations}` in the migrations"
            ),
            Self::PrimaryKey { table, entity, migrations } => write!(
                f,
                "the primary key of the table `{table}` is ({}) in the entity and ({}) in the \
                 migrations",
                entity.join(", "),
                migrations.join(", ")
            ),
            Self::MissingUniqueKey { table, columns } => {
                write!(f, "no migration makes ({}) unique in `{table}`", columns.join(", "))
            }
            Self::MissingIndex { table, columns } => {
                write!(f, "no migration creates an index on ({}) of `{table}`", columns.join(", "))
            }
            Self::MissingForeignKey { table, columns, references } => write!(
                f,
                "no migration makes ({}) of `{table}` refer to `{references}`",
                columns.join(", ")
            ),
            Self::MissingType { name } => write!(f, "no migration creates the type `{name}`"),
            Self::DifferentType { name, entity, migrations } => write!(
                f,
                "the type `{name}` has the values {} in the entity and {} in the migrations",
                entity.join(", "),
                migrations.join(", ")
            ),
        }
    }
}

/// What the entities have that the migrations have not, and the other way round.
pub(super) fn between(entities: &State, migrations: &State) -> Vec<EntityDrift> {
    let mut drift = Vec::new();
    for expected in entities.types() {
        let name = expected.name.clone();
        match migrations.types().find(|made| made.name == name) {
            None => drift.push(EntityDrift::MissingType { name }),
            Some(made) if made.values != expected.values => {
                let (entity, migrations) = (expected.values.clone(), made.values.clone());
                drift.push(EntityDrift::DifferentType { name, entity, migrations });
            }
            Some(_) => {}
        }
    }
    for expected in entities.tables() {
        let table = expected.definition.name.clone();
        match migrations.table(&table) {
            None => drift.push(EntityDrift::MissingTable { table }),
            Some(made) => {
                Comparison { expected, made, dialect: entities.dialect() }.tell(&mut drift);
            }
        }
    }
    for made in migrations.tables() {
        let table = made.definition.name.clone();
        if entities.table(&table).is_none() {
            drift.push(EntityDrift::TableWithoutEntity { table });
        }
    }
    drift
}

struct Comparison<'a> {
    expected: &'a TableState,
    made: &'a TableState,
    dialect: Dialect,
}

impl Comparison<'_> {
    fn table(&self) -> String {
        self.expected.definition.name.clone()
    }

    fn tell(&self, drift: &mut Vec<EntityDrift>) {
        self.tell_columns(drift);
        let (expected, made) = (&self.expected.definition, &self.made.definition);
        if expected.primary_key != made.primary_key {
            drift.push(EntityDrift::PrimaryKey {
                table: self.table(),
                entity: expected.primary_key.clone(),
                migrations: made.primary_key.clone(),
            });
        }
        let made_unique = unique_keys(self.made);
        for columns in unique_keys(self.expected) {
            if !made_unique.iter().any(|made| same_columns(made, &columns)) {
                drift.push(EntityDrift::MissingUniqueKey { table: self.table(), columns });
            }
        }
        let made_indexes = indexed(self.made);
        let plain = self.expected.indexes.iter().filter(|index| !index.unique);
        for columns in plain.filter_map(columns_of) {
            if !made_indexes.iter().any(|made| made.starts_with(&columns)) {
                drift.push(EntityDrift::MissingIndex { table: self.table(), columns });
            }
        }
        for key in &expected.foreign_keys {
            if !made.foreign_keys.iter().any(|made| points(made) == points(key)) {
                drift.push(EntityDrift::MissingForeignKey {
                    table: self.table(),
                    columns: key.columns.clone(),
                    references: key.references.clone(),
                });
            }
        }
    }

    fn tell_columns(&self, drift: &mut Vec<EntityDrift>) {
        let (expected, made) = (&self.expected.definition, &self.made.definition);
        for field in &expected.columns {
            let (table, column) = (self.table(), field.name.clone());
            match column_of(made, &column) {
                None => {
                    let data_type = field.data_type.clone();
                    drift.push(EntityDrift::MissingColumn { table, column, data_type });
                }
                Some(made) if !self.is_same(field, made) => {
                    let (entity, migrations) = (shown(field), shown(made));
                    drift.push(EntityDrift::DifferentColumn { table, column, entity, migrations });
                }
                Some(_) => {}
            }
        }
        for column in &made.columns {
            if column_of(expected, &column.name).is_none() {
                let (table, column) = (self.table(), column.name.clone());
                drift.push(EntityDrift::ColumnWithoutField { table, column });
            }
        }
    }

    fn is_same(&self, field: &ColumnDefinition, made: &ColumnDefinition) -> bool {
        let (entity, migrations) =
            (canonical(&field.data_type, self.dialect), canonical(&made.data_type, self.dialect));
        let is_same_type =
            entity.0 == migrations.0 && (entity.1.is_empty() || entity.1 == migrations.1);
        is_same_type && field.nullable == made.nullable && field.generated_key == made.generated_key
    }
}

fn column_of<'a>(table: &'a TableDefinition, name: &str) -> Option<&'a ColumnDefinition> {
    table.columns.iter().find(|column| column.name == name)
}

fn shown(column: &ColumnDefinition) -> String {
    let mut text = column.data_type.clone();
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if column.generated_key {
        text.push_str(" GENERATED");
    }
    text
}

/// A type without what stands in parentheses, under one of its names; and what stands there.
fn canonical(data_type: &str, dialect: Dialect) -> (String, String) {
    let lower = data_type.to_ascii_lowercase();
    let (base, arguments) = match (lower.find('('), lower.find(')')) {
        (Some(open), Some(close)) if open < close => {
            let base = format!("{}{}", lower[..open].trim_end(), &lower[close + 1..]);
            (base, lower[open + 1..close].replace(' ', ""))
        }
        _ => (lower, String::new()),
    };
    let base = base.replace('"', "");
    let (element, array) = match base.find('[') {
        Some(at) => base.split_at(at),
        None => (base.as_str(), ""),
    };
    let element = element.trim();
    let element = match (dialect, element) {
        (_, "int" | "int4") => "integer",
        (Dialect::Postgres, "int8") => "bigint",
        (Dialect::Postgres, "int2") => "smallint",
        (Dialect::Postgres, "character varying") => "varchar",
        (Dialect::Postgres, "character" | "bpchar") => "char",
        (Dialect::Postgres, "bool") => "boolean",
        (Dialect::Postgres, "decimal") => "numeric",
        (Dialect::Postgres, "float8") => "double precision",
        (Dialect::Postgres, "float4") => "real",
        (Dialect::Postgres, "timestamptz") => "timestamp with time zone",
        (Dialect::Postgres, "timestamp without time zone") => "timestamp",
        (Dialect::Postgres, "timetz") => "time with time zone",
        (Dialect::Postgres, "time without time zone") => "time",
        (_, other) => other,
    };
    (format!("{element}{array}"), arguments)
}

/// The columns that are unique together, by a key or by an index over all rows.
fn unique_keys(table: &TableState) -> Vec<Vec<String>> {
    let keys = table.definition.unique_keys.iter().map(|key| key.columns.clone());
    let whole = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let indexes = whole.filter_map(columns_of);
    keys.chain(indexes).collect()
}

/// The columns that are indexed in this order, by whatever.
fn indexed(table: &TableState) -> Vec<Vec<String>> {
    let keys = table.definition.unique_keys.iter().map(|key| key.columns.clone());
    let primary = std::iter::once(table.definition.primary_key.clone());
    let indexes = table.indexes.iter().filter(|index| index.predicate.is_none());
    keys.chain(primary).chain(indexes.filter_map(columns_of)).filter(|c| !c.is_empty()).collect()
}

fn columns_of(index: &crate::migrate::change::IndexDefinition) -> Option<Vec<String>> {
    index.parts.iter().map(|part| part.column.clone()).collect()
}

fn same_columns(one: &[String], two: &[String]) -> bool {
    one.len() == two.len() && one.iter().all(|column| two.contains(column))
}

/// What a key points at, column by column.
fn points(key: &ForeignKeyDefinition) -> (&str, Vec<(&String, &String)>) {
    let mut pairs: Vec<_> = key.columns.iter().zip(&key.referenced_columns).collect();
    pairs.sort();
    (&key.references, pairs)
}
