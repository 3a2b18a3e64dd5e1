//! How a plain definition becomes one that keeps tenants apart.

use tenancy_core::{
    Catalog, Dialect, Identifier, Result, TableKind,
    migrate::change::{
        ColumnDefinition, ForeignKeyDefinition, IndexDefinition, IndexPart, ReferentialAction,
        SchemaChange, TableDefinition, UniqueDefinition,
    },
    migrate::constraint_name,
};

use crate::strategy::unsupported;

/// What a layout is made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub(crate) column: &'a Identifier,
    pub(crate) tables: &'a Catalog,
    pub(crate) dialect: Dialect,
}

impl Layout<'_> {
    pub(crate) fn change(&self, change: &SchemaChange) -> Result<Vec<SchemaChange>> {
        Ok(match change {
            SchemaChange::CreateTable(table) => {
                vec![SchemaChange::CreateTable(self.table(table.clone())?)]
            }
            SchemaChange::CreateIndex(index) => {
                vec![SchemaChange::CreateIndex(self.index(index.clone()))]
            }
            SchemaChange::AddForeignKey { table, key } => vec![SchemaChange::AddForeignKey {
                table: table.clone(),
                key: self.foreign_key(table, key.clone())?,
            }],
            SchemaChange::AddUniqueKey { table, key } => {
                let key = UniqueDefinition { columns: self.led(&key.columns), ..key.clone() };
                vec![SchemaChange::AddUniqueKey { table: table.clone(), key }]
            }
            SchemaChange::DropTable { .. }
            | SchemaChange::RenameTable { .. }
            | SchemaChange::AddColumn { .. }
            | SchemaChange::DropColumn { .. }
            | SchemaChange::RenameColumn { .. }
            | SchemaChange::AlterColumn { .. }
            | SchemaChange::RenameIndex { .. }
            | SchemaChange::DropIndex { .. }
            | SchemaChange::AddCheck { .. }
            | SchemaChange::DropConstraint { .. }
            | SchemaChange::CreateType(_)
            | SchemaChange::DropType { .. }
            | SchemaChange::RenameType { .. }
            | SchemaChange::AddTypeValue { .. }
            | SchemaChange::RenameTypeValue { .. } => vec![change.clone()],
        })
    }

    fn led(&self, columns: &[String]) -> Vec<String> {
        std::iter::once(self.column.to_string()).chain(columns.iter().cloned()).collect()
    }

    fn table(&self, mut table: TableDefinition) -> Result<TableDefinition> {
        for key in &mut table.unique_keys {
            key.columns = self.led(&key.columns);
        }
        table.foreign_keys = table
            .foreign_keys
            .into_iter()
            .map(|key| self.foreign_key(&table.name, key))
            .collect::<Result<_>>()?;
        self.lead_primary_key(&mut table);
        table.foreign_keys.push(self.tenant_key(&table.name));
        table.columns.insert(0, self.tenant_column());
        Ok(table)
    }

    /// SQLite generates ids only for a key of that column alone, so there the led key stands
    /// beside it; foreign keys point at the led one.
    fn lead_primary_key(&self, table: &mut TableDefinition) {
        let led = self.led(&table.primary_key);
        match (self.dialect, table.primary_key.as_slice()) {
            (_, []) => {}
            (Dialect::Sqlite, _) if table.has_generated_key() => {
                let name = constraint_name("uq", &table.name, &led);
                table.unique_keys.push(UniqueDefinition { name, columns: led });
            }
            // MySQL gives out ids of a key that begins with another column where an index begins with
            // that one, which every table with a generated key gets.
            (Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, _) => table.primary_key = led,
        }
    }

    fn tenant_column(&self) -> ColumnDefinition {
        let data_type = match self.dialect {
            Dialect::Postgres => "uuid",
            Dialect::Sqlite => "uuid_text",
            Dialect::MySql => "binary(16)",
        };
        ColumnDefinition {
            name: self.column.to_string(),
            data_type: data_type.to_owned(),
            generated_key: false,
            nullable: false,
            options: Vec::new(),
        }
    }

    fn tenant_key(&self, table: &str) -> ForeignKeyDefinition {
        let columns = vec![self.column.to_string()];
        ForeignKeyDefinition {
            name: constraint_name("fk", table, &columns),
            columns,
            references_schema: None,
            references: "tenants_tenant".to_owned(),
            referenced_columns: vec!["id".to_owned()],
            on_delete: None,
            on_update: None,
        }
    }

    fn foreign_key(
        &self,
        table: &str,
        mut key: ForeignKeyDefinition,
    ) -> Result<ForeignKeyDefinition> {
        let is_tenant_table = key.references == table
            || self.tables.table(&key.references).is_some_and(|t| t.kind == TableKind::Tenant);
        if !is_tenant_table {
            return Ok(key);
        }
        key.on_delete = self.action(key.on_delete, &key.columns)?;
        key.on_update = self.action(key.on_update, &key.columns)?;
        key.columns = self.led(&key.columns);
        key.referenced_columns = self.led(&key.referenced_columns);
        Ok(key)
    }

    /// Setting a led key to null would set the tenant column to null as well; PostgreSQL can be
    /// told which columns are meant (since version 15), SQLite and MySQL cannot.
    fn action(
        &self,
        action: Option<ReferentialAction>,
        columns: &[String],
    ) -> Result<Option<ReferentialAction>> {
        let only_these = |action: fn(Vec<String>) -> ReferentialAction| match self.dialect {
            Dialect::Postgres => Ok(Some(action(columns.to_vec()))),
            Dialect::Sqlite | Dialect::MySql => Err(unsupported(&format!(
                "SET NULL or SET DEFAULT on a key between tenant tables, under `shared-schema` on \
                 {}",
                self.dialect
            ))),
        };
        match action {
            Some(ReferentialAction::SetNull(_)) => only_these(ReferentialAction::SetNull),
            Some(ReferentialAction::SetDefault(_)) => only_these(ReferentialAction::SetDefault),
            unchanged => Ok(unchanged),
        }
    }

    /// Leads an index by the tenant column, but for access methods that do not index plain values.
    fn index(&self, mut index: IndexDefinition) -> IndexDefinition {
        let is_ordered = index.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case("btree"));
        if index.unique || is_ordered {
            let text = match self.dialect {
                Dialect::Postgres | Dialect::Sqlite => format!("\"{}\"", self.column),
                Dialect::MySql => format!("`{}`", self.column),
            };
            let lead = IndexPart { column: Some(self.column.to_string()), text };
            index.parts.insert(0, lead);
        }
        index
    }
}

#[cfg(test)]
mod tests;
