//! Tables stay as they are defined; only what leads out of the tenant's place is looked after.

use tenancy_core::{
    Catalog, Dialect, Error, Identifier, Result, TableKind,
    migrate::change::{ForeignKeyDefinition, SchemaChange},
};

pub(crate) fn change(
    mut change: SchemaChange,
    tables: &Catalog,
    dialect: Dialect,
    central: Option<&Identifier>,
) -> Result<SchemaChange> {
    match &mut change {
        SchemaChange::CreateTable(table) => {
            for key in &mut table.foreign_keys {
                leave_place(&table.name, key, tables, dialect, central)?;
            }
        }
        SchemaChange::AddForeignKey { table, key } => {
            leave_place(table, key, tables, dialect, central)?;
        }
        SchemaChange::DropTable { .. }
        | SchemaChange::RenameTable { .. }
        | SchemaChange::AddColumn { .. }
        | SchemaChange::DropColumn { .. }
        | SchemaChange::RenameColumn { .. }
        | SchemaChange::AlterColumn { .. }
        | SchemaChange::CreateIndex(_)
        | SchemaChange::RenameIndex { .. }
        | SchemaChange::DropIndex { .. }
        | SchemaChange::AddUniqueKey { .. }
        | SchemaChange::AddCheck { .. }
        | SchemaChange::DropConstraint { .. }
        | SchemaChange::CreateType(_)
        | SchemaChange::DropType { .. }
        | SchemaChange::RenameType { .. }
        | SchemaChange::AddTypeValue { .. }
        | SchemaChange::RenameTypeValue { .. } => {}
    }
    Ok(change)
}

/// A reference to a shared table leads into another schema or database; between SQLite files there is
/// none.
fn leave_place(
    table: &str,
    key: &mut ForeignKeyDefinition,
    tables: &Catalog,
    dialect: Dialect,
    central: Option<&Identifier>,
) -> Result<()> {
    let kind = tables.table(&key.references).map(|table| table.kind);
    match (kind, dialect) {
        (Some(TableKind::Shared { .. }), Dialect::Postgres) => {
            key.references_schema = Some(dialect.shared_schema());
            Ok(())
        }
        (Some(TableKind::Shared { .. }), Dialect::MySql) => {
            let central = central.cloned().ok_or_else(|| Error::Reference {
                table: table.to_owned(),
                references: key.references.clone(),
                reason: "a shared table, and the registry's database has a name that is not plain",
            })?;
            key.references_schema = Some(central);
            Ok(())
        }
        (Some(TableKind::Shared { .. }), Dialect::Sqlite) => Err(Error::Reference {
            table: table.to_owned(),
            references: key.references.clone(),
            reason: "a shared table, and no foreign key leads from one SQLite file to another",
        }),
        (Some(TableKind::Tenant | TableKind::Registry) | None, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tenancy_core::Table;

    use super::*;

    fn reference(dialect: Dialect) -> Result<ForeignKeyDefinition> {
        let mut tables = Catalog::default();
        tables.insert(Table {
            name: "currency".to_owned(),
            kind: TableKind::Shared { writable: false },
            columns: vec!["code".to_owned()],
            keys: Vec::new(),
        });
        let mut key = ForeignKeyDefinition {
            name: "fk".to_owned(),
            columns: vec!["currency".to_owned()],
            references_schema: None,
            references: "currency".to_owned(),
            referenced_columns: vec!["code".to_owned()],
            on_delete: None,
            on_update: None,
        };
        let central = Identifier::parse("shop").unwrap();
        leave_place("price", &mut key, &tables, dialect, Some(&central)).map(|()| key)
    }

    #[test]
    fn a_reference_to_a_shared_table_names_its_schema() {
        let key = reference(Dialect::Postgres).unwrap();
        assert_eq!(key.references_schema.unwrap().as_str(), "public");
        let key = reference(Dialect::MySql).unwrap();
        assert_eq!(key.references_schema.unwrap().as_str(), "shop");
    }

    #[test]
    fn a_reference_between_files_is_refused() {
        assert!(matches!(reference(Dialect::Sqlite), Err(Error::Reference { .. })));
    }
}
