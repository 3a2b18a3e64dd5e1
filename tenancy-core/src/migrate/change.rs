//! A change of the tables as data: `SchemaChange` and the definitions in it.

use serde::Serialize;

use crate::name::Identifier;

/// A column as it is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: String,
    /// Its type in the database's own words, such as `bigint` or `varchar(64)`.
    pub data_type: String,
    /// Whether the database makes its values.
    pub generated_key: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// What else stands in its definition, in the database's own words (`DEFAULT 0`, `CHECK (…)`).
    pub options: Vec<String>,
}

/// A unique key of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UniqueDefinition {
    /// The name of its constraint.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// What a foreign key does when the row it points at goes or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ReferentialAction {
    /// Refuse at once.
    Restrict,
    /// Refuse at the end of the statement.
    NoAction,
    /// Go or change along.
    Cascade,
    /// Set these columns to null; empty means all of the key.
    SetNull(Vec<String>),
    /// Set these columns to their defaults; empty means all of the key.
    SetDefault(Vec<String>),
}

/// A foreign key of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignKeyDefinition {
    /// The name of its constraint.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The schema of the table it points at, where that is not the table's own.
    pub references_schema: Option<Identifier>,
    /// The table it points at.
    pub references: String,
    /// The columns it points at.
    pub referenced_columns: Vec<String>,
    /// What happens when the row it points at is deleted.
    pub on_delete: Option<ReferentialAction>,
    /// What happens when the key it points at changes.
    pub on_update: Option<ReferentialAction>,
}

/// A condition on each row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckDefinition {
    /// The name of its constraint, if it has one.
    pub name: Option<String>,
    /// The condition, in the database's own words.
    pub condition: String,
}

/// A table as it is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableDefinition {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<ColumnDefinition>,
    /// The columns of its primary key.
    pub primary_key: Vec<String>,
    /// Its unique keys.
    pub unique_keys: Vec<UniqueDefinition>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKeyDefinition>,
    /// Its checks.
    pub checks: Vec<CheckDefinition>,
}

/// A column of an index, or an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexPart {
    /// The column, where the part is nothing but one.
    pub column: Option<String>,
    /// The part as it stands in the index: column or expression, operator class, order.
    pub text: String,
}

/// An index as it is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexDefinition {
    /// Its name.
    pub name: String,
    /// The table it is on.
    pub table: String,
    /// Whether it is unique.
    pub unique: bool,
    /// Its access method, where one was named.
    pub method: Option<String>,
    /// Its columns and expressions.
    pub parts: Vec<IndexPart>,
    /// The condition that rows in it fulfil, in the database's own words.
    pub predicate: Option<String>,
    /// Whether it is built while others write to the table, outside any transaction.
    pub concurrently: bool,
}

/// An enum type as it is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeDefinition {
    /// Its name.
    pub name: String,
    /// Its values, in order.
    pub values: Vec<String>,
}

/// How a column is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ColumnChange {
    /// It gets another type.
    Type {
        /// The type in the database's own words.
        data_type: String,
        /// An expression that makes the new value of a row, where the database cannot by itself.
        using: Option<String>,
    },
    /// It may not be null any more.
    SetNotNull,
    /// It may be null.
    DropNotNull,
    /// It gets this default, in the database's own words.
    SetDefault(String),
    /// It has no default any more.
    DropDefault,
}

/// Where a new value of an enum type stands; values are ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ValuePlace {
    /// Before this one.
    Before(String),
    /// After this one.
    After(String),
}

/// One change of the tables and their types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum SchemaChange {
    /// Creates a table.
    CreateTable(TableDefinition),
    /// Drops a table.
    DropTable {
        /// Its name.
        table: String,
    },
    /// Renames a table.
    RenameTable {
        /// Its name before.
        table: String,
        /// Its name after.
        to: String,
    },
    /// Adds a column.
    AddColumn {
        /// The table.
        table: String,
        /// The column.
        column: ColumnDefinition,
    },
    /// Drops a column.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Renames a column.
    RenameColumn {
        /// The table.
        table: String,
        /// Its name before.
        column: String,
        /// Its name after.
        to: String,
    },
    /// Changes a column.
    AlterColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What becomes of it.
        change: ColumnChange,
    },
    /// Creates an index.
    CreateIndex(IndexDefinition),
    /// Renames an index.
    RenameIndex {
        /// Its name before.
        name: String,
        /// Its name after.
        to: String,
    },
    /// Drops an index.
    DropIndex {
        /// Its name.
        name: String,
    },
    /// Adds a foreign key to a table that exists.
    AddForeignKey {
        /// The table.
        table: String,
        /// The key.
        key: ForeignKeyDefinition,
    },
    /// Adds a unique key to a table that exists.
    AddUniqueKey {
        /// The table.
        table: String,
        /// The key.
        key: UniqueDefinition,
    },
    /// Adds a check to a table that exists.
    AddCheck {
        /// The table.
        table: String,
        /// The check.
        check: CheckDefinition,
    },
    /// Drops a foreign key, unique key or check.
    DropConstraint {
        /// The table.
        table: String,
        /// The constraint's name.
        name: String,
    },
    /// Creates an enum type.
    CreateType(TypeDefinition),
    /// Drops an enum type that no column has.
    DropType {
        /// Its name.
        name: String,
    },
    /// Renames an enum type.
    RenameType {
        /// Its name before.
        name: String,
        /// Its name after.
        to: String,
    },
    /// Adds a value to an enum type.
    AddTypeValue {
        /// The type.
        name: String,
        /// The value.
        value: String,
        /// Where it stands; without a place it is the last.
        place: Option<ValuePlace>,
    },
    /// Renames a value of an enum type.
    RenameTypeValue {
        /// The type.
        name: String,
        /// The value before.
        value: String,
        /// The value after.
        to: String,
    },
}
