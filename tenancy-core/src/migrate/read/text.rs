//! Reads a change from a statement that was written by hand, in the database's own words.

use sqlparser::ast::{
    self, AlterTableOperation, ObjectName, ObjectType, RenameTableNameKind, Statement,
    TableConstraint,
};

use super::{
    only_column, parse, plain_name, read_column, read_foreign_key, read_index, read_table,
    read_type, unsupported,
};
use crate::{
    error::Result,
    migrate::change::{ColumnDefinition, SchemaChange, TableDefinition},
    scope::Dialect,
};

const READ: &str = "a statement other than CREATE TABLE, CREATE INDEX, CREATE TYPE, ALTER TABLE, \
                    DROP TABLE, DROP INDEX and DROP TYPE";

/// The changes that a statement makes.
pub(crate) fn sql(statement: &str, dialect: Dialect) -> Result<Vec<SchemaChange>> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not known is refused")]
    Ok(match parse(statement, dialect)? {
        Statement::CreateTable(created) => vec![SchemaChange::CreateTable(read_table(created)?)],
        Statement::CreateIndex(index) => vec![SchemaChange::CreateIndex(read_index(&index)?)],
        Statement::CreateType { name, representation } => {
            vec![SchemaChange::CreateType(read_type(&name, representation)?)]
        }
        Statement::AlterTable(altered) => {
            let table = plain_name(&altered.name)?;
            let alter = |operation| alteration(&table, operation, dialect);
            altered.operations.into_iter().map(alter).collect::<Result<_>>()?
        }
        Statement::Drop { object_type, names, cascade: false, .. } => {
            names.iter().map(|name| drop(&object_type, name)).collect::<Result<_>>()?
        }
        Statement::Drop { .. } => {
            return Err(unsupported("CASCADE, which would drop what other migrations made"));
        }
        _ => return Err(unsupported(READ)),
    })
}

fn drop(object: &ObjectType, name: &ObjectName) -> Result<SchemaChange> {
    let name = plain_name(name)?;
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not known is refused")]
    match object {
        ObjectType::Table => Ok(SchemaChange::DropTable { table: name }),
        ObjectType::Index => Ok(SchemaChange::DropIndex { name }),
        ObjectType::Type => Ok(SchemaChange::DropType { name }),
        _ => Err(unsupported(READ)),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known is refused")]
fn alteration(
    table: &str,
    operation: AlterTableOperation,
    dialect: Dialect,
) -> Result<SchemaChange> {
    let table = table.to_owned();
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            Ok(SchemaChange::AddColumn { table, column: added_column(column_def)? })
        }
        AlterTableOperation::DropColumn { mut column_names, drop_behavior: None, .. } => {
            match (column_names.pop(), column_names.is_empty()) {
                (Some(column), true) => {
                    Ok(SchemaChange::DropColumn { table, column: column.value })
                }
                _ => Err(unsupported("more than one column dropped at once")),
            }
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            let (column, to) = (old_column_name.value, new_column_name.value);
            Ok(SchemaChange::RenameColumn { table, column, to })
        }
        AlterTableOperation::RenameTable { table_name: RenameTableNameKind::To(to) } => {
            Ok(SchemaChange::RenameTable { table, to: plain_name(&to)? })
        }
        AlterTableOperation::AddConstraint {
            constraint: TableConstraint::ForeignKey(key), ..
        } if dialect == Dialect::Postgres => {
            let key = read_foreign_key(&table, &key, None)?;
            Ok(SchemaChange::AddForeignKey { table, key })
        }
        AlterTableOperation::DropConstraint { name, drop_behavior: None, .. } => {
            Ok(SchemaChange::DropConstraint { table, name: name.value })
        }
        _ => Err(unsupported("this alteration of a table")),
    }
}

fn added_column(column: ast::ColumnDef) -> Result<ColumnDefinition> {
    let mut alone = TableDefinition {
        name: "alone".to_owned(),
        columns: Vec::new(),
        primary_key: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
    };
    read_column(&mut alone, column)?;
    only_column(alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::render;

    fn written(statement: &str) -> Result<Vec<String>> {
        let changes = sql(statement, Dialect::Postgres)?;
        changes.iter().map(|change| render::statement(change, Dialect::Postgres)).collect()
    }

    #[test]
    fn what_is_read_is_written_again() {
        for statement in [
            r#"CREATE TABLE "note" ("id" INTEGER NOT NULL, "tags" TEXT[], PRIMARY KEY ("id"))"#,
            r#"CREATE UNIQUE INDEX "note_key" ON "note" ("title" DESC) WHERE title <> ''"#,
            r#"CREATE TYPE "mood" AS ENUM ('glad', 'it''s sad')"#,
            r#"ALTER TABLE "note" ADD COLUMN "mood" mood NOT NULL DEFAULT 'glad'"#,
            r#"ALTER TABLE "note" DROP COLUMN "mood""#,
            r#"ALTER TABLE "note" RENAME COLUMN "title" TO "head""#,
            r#"ALTER TABLE "note" RENAME TO "memo""#,
            r#"ALTER TABLE "note" DROP CONSTRAINT "fk""#,
            r#"DROP TABLE "note""#,
            r#"DROP INDEX "note_key""#,
            r#"DROP TYPE "mood""#,
        ] {
            assert_eq!(written(statement).unwrap(), [statement]);
        }
    }

    #[test]
    fn what_would_reach_further_is_refused() {
        for statement in [
            "DROP TABLE note CASCADE",
            "CREATE TABLE other.note (id integer)",
            "CREATE TABLE note AS SELECT 1",
            "CREATE VIEW everything AS SELECT 1",
            "CREATE TYPE pair AS (one integer)",
            "ALTER TABLE note ALTER COLUMN id TYPE bigint",
            "DROP TABLE note; DROP TABLE memo",
            "DROP SCHEMA public",
            "SELECT 1",
        ] {
            assert!(written(statement).is_err(), "{statement}");
        }
    }
}
