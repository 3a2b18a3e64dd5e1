//! Changes of what is there: columns, keys, checks, indexes and enum types.

use sea_orm::sea_query::{
    ColumnDef, Expr, IntoIden, TableAlterStatement, extension::postgres::TypeAlterStatement,
};

use super::{TenantSchema, name};
use crate::{
    error::Result,
    migrate::{
        change::{CheckDefinition, ColumnChange, SchemaChange, UniqueDefinition},
        read,
    },
    scope::Dialect,
};

/// # Altering
///
/// PostgreSQL makes these changes in place. On SQLite a table is rebuilt for most of them, in the
/// transaction of the migration: its rows, and those of the tables that refer to it with an action
/// on deletion, are kept aside and come back, and every foreign key is checked afterwards. A trigger
/// on one of these tables would be lost, so the migration fails where one is found: drop it in a
/// [`raw`](TenantSchema::raw) step before, and create it again after.
impl TenantSchema {
    /// Alters a table as the statement says.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`](crate::Error::UnsupportedDefinition) for what cannot be laid
    /// out, such as a primary key that is added, and on SQLite for a column's type among other
    /// alterations: there the statement knows the types of PostgreSQL only. Use
    /// [`add_column`](Self::add_column) and [`alter_column`](Self::alter_column) then.
    pub fn alter_table(&mut self, table: &TableAlterStatement) -> Result<()> {
        self.changes(read::alter_table(table, self.dialect)?);
        Ok(())
    }

    /// Alters a column: what the definition says becomes so, and what it does not say stays.
    ///
    /// ```
    /// use sea_orm::sea_query::{ColumnDef, Expr, ExprTrait};
    /// # use tenancy_core::{Result, TenantSchema};
    ///
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     let size = Expr::col("size").cast_as("bigint");
    ///     schema.alter_column("note", ColumnDef::new("size").big_integer().not_null().using(size))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`](crate::Error::UnsupportedDefinition) for a definition that
    /// says nothing, or a primary key, a generation or a check.
    pub fn alter_column(&mut self, table: impl IntoIden, column: &ColumnDef) -> Result<()> {
        self.changes(read::alter_column(&name(table), column, self.dialect)?);
        Ok(())
    }

    /// Takes the default of a column away.
    pub fn drop_default(&mut self, table: impl IntoIden, column: impl IntoIden) {
        self.change(SchemaChange::AlterColumn {
            table: name(table),
            column: name(column),
            change: ColumnChange::DropDefault,
        });
    }

    /// Adds a unique key to a table. It holds for each tenant by itself.
    ///
    /// ```
    /// # use tenancy_core::{Result, TenantSchema};
    /// fn up(schema: &mut TenantSchema) {
    ///     schema.create_unique_key("note", "note_title_key", ["title"]);
    /// }
    /// ```
    pub fn create_unique_key<C: IntoIden>(
        &mut self,
        table: impl IntoIden,
        key: &str,
        columns: impl IntoIterator<Item = C>,
    ) {
        let columns = columns.into_iter().map(name).collect();
        let key = UniqueDefinition { name: key.to_owned(), columns };
        self.change(SchemaChange::AddUniqueKey { table: name(table), key });
    }

    /// Adds a check to a table.
    pub fn create_check(&mut self, table: impl IntoIden, check: &str, condition: &Expr) {
        let condition = read::expression(condition, self.dialect);
        let check = CheckDefinition { name: Some(check.to_owned()), condition };
        self.change(SchemaChange::AddCheck { table: name(table), check });
    }

    /// Drops a foreign key, unique key or check by its name.
    pub fn drop_constraint(&mut self, table: impl IntoIden, constraint: &str) {
        let (table, name) = (name(table), constraint.to_owned());
        self.change(SchemaChange::DropConstraint { table, name });
    }

    /// Renames an index.
    pub fn rename_index(&mut self, index: &str, to: &str) {
        self.change(SchemaChange::RenameIndex { name: index.to_owned(), to: to.to_owned() });
    }

    /// Alters an enum type: adds a value, or renames a value or the type. On SQLite and MySQL
    /// there is none to alter: a column holds the values itself.
    ///
    /// PostgreSQL lets a value that was added be used only after the transaction in which it was,
    /// unless the type was created in it too. So a default with it belongs to a later run, and data
    /// steps of the same migration cannot write it.
    ///
    /// ```
    /// use sea_orm::sea_query::extension::postgres::Type;
    /// # use tenancy_core::{Result, TenantSchema};
    ///
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     schema.alter_type(&Type::alter().name("mood").add_value("tired").before("sad"))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`](crate::Error::UnsupportedDefinition) for a name with a
    /// schema.
    pub fn alter_type(&mut self, definition: &TypeAlterStatement) -> Result<()> {
        let changes = read::alter_type(definition)?;
        match self.dialect {
            Dialect::Postgres => self.changes(changes),
            Dialect::Sqlite | Dialect::MySql => self.changes(Vec::new()),
        }
        Ok(())
    }
}
