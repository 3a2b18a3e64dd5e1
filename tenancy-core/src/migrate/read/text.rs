//! Reads a change from a statement that was written by hand, in the database's own words, and from
//! the text of sea-query's statements that alter.

use sea_orm::sea_query::{
    ColumnDef, Expr, MysqlQueryBuilder, PostgresQueryBuilder, Query, SqliteQueryBuilder,
    TableAlterStatement, extension::postgres::TypeAlterStatement,
};
use sqlparser::ast::{
    self, AlterColumnOperation, AlterIndexOperation, AlterTableOperation,
    AlterTypeAddValuePosition, AlterTypeOperation, ObjectName, ObjectType, RenameTableNameKind,
    Statement, TableConstraint,
};

use super::{
    constraint_name, only_column, parse, plain_name, read_check, read_column, read_foreign_key,
    read_index, read_table, read_type, read_unique_key, unsupported,
};
use crate::{
    error::Result,
    migrate::change::{
        ColumnChange, ColumnDefinition, ForeignKeyDefinition, SchemaChange, TableDefinition,
        UniqueDefinition, ValuePlace,
    },
    scope::Dialect,
};

const READ: &str = "a statement other than CREATE TABLE, CREATE INDEX, CREATE TYPE, ALTER TABLE, \
                    ALTER INDEX, ALTER TYPE, DROP TABLE, DROP INDEX and DROP TYPE";

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
            let alter = |operation| alteration(&table, operation);
            altered.operations.into_iter().map(alter).collect::<Result<Vec<_>>>()?.concat()
        }
        Statement::AlterIndex { name, operation } => {
            let AlterIndexOperation::RenameIndex { index_name } = operation;
            let (name, to) = (plain_name(&name)?, plain_name(&index_name)?);
            vec![SchemaChange::RenameIndex { name, to }]
        }
        Statement::AlterType(altered) => vec![type_alteration(altered)?],
        Statement::Drop { object_type, names, cascade: false, .. } => {
            names.iter().map(|name| drop(&object_type, name)).collect::<Result<_>>()?
        }
        Statement::Drop { .. } => {
            return Err(unsupported("CASCADE, which would drop what other migrations made"));
        }
        _ => return Err(unsupported(READ)),
    })
}

/// The changes that an altering statement makes.
///
/// SQLite's builder panics on most of them, and what they say is the same in both dialects but for
/// the names of types.
pub(crate) fn alter_table(
    statement: &TableAlterStatement,
    dialect: Dialect,
) -> Result<Vec<SchemaChange>> {
    // Both builders panic on it.
    if format!("{statement:?}").contains("options: []") {
        return Err(unsupported("an ALTER TABLE that alters nothing"));
    }
    let text = statement.to_string(PostgresQueryBuilder);
    let changes = sql(&text, Dialect::Postgres)?;
    let has_type = |change: &SchemaChange| {
        matches!(
            change,
            SchemaChange::AddColumn { .. }
                | SchemaChange::AlterColumn { change: ColumnChange::Type { .. }, .. }
        )
    };
    match (dialect, changes.as_slice()) {
        (Dialect::Sqlite, [SchemaChange::AddColumn { .. }]) => {
            sql(&statement.to_string(SqliteQueryBuilder), dialect)
        }
        (Dialect::MySql, [SchemaChange::AddColumn { .. }]) => {
            sql(&statement.to_string(MysqlQueryBuilder), dialect)
        }
        (Dialect::Sqlite | Dialect::MySql, changes) if changes.iter().any(has_type) => {
            Err(unsupported(&format!(
                "a type of a column in an ALTER TABLE on {dialect}; use `add_column` and \
                 `alter_column`",
            )))
        }
        _ => Ok(changes),
    }
}

/// What a column becomes of which only that is said that changes.
pub(crate) fn alter_column(
    table: &str,
    column: &ColumnDef,
    dialect: Dialect,
) -> Result<Vec<SchemaChange>> {
    let (name, spec) = (column.get_column_name(), column.get_column_spec());
    if spec.primary_key || spec.auto_increment || spec.generated.is_some() || spec.check.is_some() {
        return Err(unsupported("a primary key, a generation or a check on an altered column"));
    }
    if spec.extra.is_some() || spec.comment.is_some() {
        return Err(unsupported("an addition or a comment on an altered column"));
    }
    let mut changes = Vec::new();
    if column.get_column_type().is_some() {
        let data_type = super::column(column, dialect)?.data_type;
        let using = spec.using.as_ref().map(|using| expression(using, dialect));
        changes.push(ColumnChange::Type { data_type, using });
    }
    if let Some(nullable) = spec.nullable {
        changes.push(if nullable { ColumnChange::DropNotNull } else { ColumnChange::SetNotNull });
    }
    if let Some(default) = &spec.default {
        changes.push(ColumnChange::SetDefault(expression(default, dialect)));
    }
    let unique = spec.unique.then(|| {
        let columns = vec![name.clone()];
        let key = UniqueDefinition { name: constraint_name("uq", table, &columns), columns };
        SchemaChange::AddUniqueKey { table: table.to_owned(), key }
    });
    if changes.is_empty() && unique.is_none() {
        return Err(unsupported("an altered column of which nothing is said"));
    }
    let altered = changes.into_iter().map(|change| SchemaChange::AlterColumn {
        table: table.to_owned(),
        column: name.clone(),
        change,
    });
    Ok(altered.chain(unique).collect())
}

/// An expression as it stands in a definition.
pub(crate) fn expression(expression: &Expr, dialect: Dialect) -> String {
    let mut select = Query::select();
    select.expr(expression.clone());
    let text = match dialect {
        Dialect::Postgres => select.to_string(PostgresQueryBuilder),
        Dialect::Sqlite => select.to_string(SqliteQueryBuilder),
        Dialect::MySql => select.to_string(MysqlQueryBuilder),
    };
    text.strip_prefix("SELECT ").unwrap_or(&text).to_owned()
}

/// The change of an enum type; only PostgreSQL's builder knows types, whatever the database.
pub(crate) fn alter_type(statement: &TypeAlterStatement) -> Result<Vec<SchemaChange>> {
    sql(&statement.to_string(PostgresQueryBuilder), Dialect::Postgres)
}

fn type_alteration(altered: ast::AlterType) -> Result<SchemaChange> {
    let name = plain_name(&altered.name)?;
    Ok(match altered.operation {
        AlterTypeOperation::Rename(rename) => {
            SchemaChange::RenameType { name, to: rename.new_name.value }
        }
        AlterTypeOperation::AddValue(added) => {
            let place = added.position.map(|position| match position {
                AlterTypeAddValuePosition::Before(value) => ValuePlace::Before(value.value),
                AlterTypeAddValuePosition::After(value) => ValuePlace::After(value.value),
            });
            SchemaChange::AddTypeValue { name, value: added.value.value, place }
        }
        AlterTypeOperation::RenameValue(renamed) => {
            SchemaChange::RenameTypeValue { name, value: renamed.from.value, to: renamed.to.value }
        }
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
fn alteration(table: &str, operation: AlterTableOperation) -> Result<Vec<SchemaChange>> {
    let table = table.to_owned();
    Ok(vec![match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            let (column, keys) = added_column(&table, column_def)?;
            let add = SchemaChange::AddColumn { table: table.clone(), column };
            let keys = keys
                .into_iter()
                .map(|key| SchemaChange::AddForeignKey { table: table.clone(), key });
            return Ok(std::iter::once(add).chain(keys).collect());
        }
        AlterTableOperation::DropColumn { mut column_names, drop_behavior: None, .. } => {
            match (column_names.pop(), column_names.is_empty()) {
                (Some(column), true) => SchemaChange::DropColumn { table, column: column.value },
                _ => return Err(unsupported("more than one column dropped at once")),
            }
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            let (column, to) = (old_column_name.value, new_column_name.value);
            SchemaChange::RenameColumn { table, column, to }
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            let change = column_change(op)?;
            SchemaChange::AlterColumn { table, column: column_name.value, change }
        }
        AlterTableOperation::RenameTable { table_name: RenameTableNameKind::To(to) } => {
            SchemaChange::RenameTable { table, to: plain_name(&to)? }
        }
        AlterTableOperation::AddConstraint { not_valid: true, .. } => {
            return Err(unsupported("NOT VALID on a constraint"));
        }
        AlterTableOperation::AddConstraint { constraint, .. } => {
            added_constraint(table, constraint)?
        }
        AlterTableOperation::DropConstraint { name, drop_behavior: None, .. } => {
            SchemaChange::DropConstraint { table, name: name.value }
        }
        _ => return Err(unsupported("this alteration of a table")),
    }])
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known is refused")]
fn column_change(operation: AlterColumnOperation) -> Result<ColumnChange> {
    Ok(match operation {
        AlterColumnOperation::SetNotNull => ColumnChange::SetNotNull,
        AlterColumnOperation::DropNotNull => ColumnChange::DropNotNull,
        AlterColumnOperation::SetDefault { value } => ColumnChange::SetDefault(value.to_string()),
        AlterColumnOperation::DropDefault => ColumnChange::DropDefault,
        AlterColumnOperation::SetDataType { data_type, using, .. } => ColumnChange::Type {
            data_type: data_type.to_string(),
            using: using.map(|using| using.to_string()),
        },
        _ => return Err(unsupported("this alteration of a column")),
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known is refused")]
fn added_constraint(table: String, constraint: TableConstraint) -> Result<SchemaChange> {
    Ok(match constraint {
        TableConstraint::ForeignKey(key) => {
            let key = read_foreign_key(&table, &key, None)?;
            SchemaChange::AddForeignKey { table, key }
        }
        TableConstraint::Unique(key) => {
            let key = read_unique_key(&table, key)?;
            SchemaChange::AddUniqueKey { table, key }
        }
        TableConstraint::Check(check) => SchemaChange::AddCheck { table, check: read_check(check) },
        other => return Err(unsupported(&format!("the table constraint `{other}`"))),
    })
}

/// A column, and the foreign keys that are said at it.
fn added_column(
    table: &str,
    column: ast::ColumnDef,
) -> Result<(ColumnDefinition, Vec<ForeignKeyDefinition>)> {
    let mut alone = TableDefinition {
        name: table.to_owned(),
        columns: Vec::new(),
        primary_key: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
    };
    read_column(&mut alone, column)?;
    let keys = std::mem::take(&mut alone.foreign_keys);
    Ok((only_column(alone)?, keys))
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
            r#"ALTER TABLE "note" ALTER COLUMN "size" TYPE BIGINT USING size::BIGINT"#,
            r#"ALTER TABLE "note" ALTER COLUMN "size" SET NOT NULL"#,
            r#"ALTER TABLE "note" ALTER COLUMN "size" DROP NOT NULL"#,
            r#"ALTER TABLE "note" ALTER COLUMN "size" SET DEFAULT 1 + 1"#,
            r#"ALTER TABLE "note" ALTER COLUMN "size" DROP DEFAULT"#,
            r#"ALTER TABLE "note" ADD CONSTRAINT "uq" UNIQUE ("title", "size")"#,
            r#"ALTER TABLE "note" ADD CONSTRAINT "ck" CHECK (size > 0)"#,
            r#"ALTER TABLE "note" DROP CONSTRAINT "fk""#,
            r#"ALTER INDEX "note_key" RENAME TO "key""#,
            r#"ALTER TYPE "mood" RENAME TO "temper""#,
            r#"ALTER TYPE "mood" ADD VALUE 'it''s so' BEFORE 'glad'"#,
            r#"ALTER TYPE "mood" ADD VALUE 'tired'"#,
            r#"ALTER TYPE "mood" RENAME VALUE 'glad' TO 'it''s fine'"#,
            r#"DROP TABLE "note""#,
            r#"DROP INDEX "note_key""#,
            r#"DROP TYPE "mood""#,
        ] {
            assert_eq!(written(statement).unwrap(), [statement]);
        }
    }

    #[test]
    fn a_key_at_an_added_column_is_not_lost() {
        let added = "ALTER TABLE note ADD COLUMN author_id integer REFERENCES author (id)";
        let key = r#"ALTER TABLE "note" ADD CONSTRAINT "fk_note_author_id" FOREIGN KEY ("author_id") REFERENCES "author" ("id")"#;
        assert_eq!(
            written(added).unwrap(),
            [r#"ALTER TABLE "note" ADD COLUMN "author_id" INTEGER"#, key]
        );
    }

    #[test]
    fn what_would_reach_further_is_refused() {
        for statement in [
            "DROP TABLE note CASCADE",
            "CREATE TABLE other.note (id integer)",
            "CREATE TABLE note AS SELECT 1",
            "CREATE VIEW everything AS SELECT 1",
            "CREATE TYPE pair AS (one integer)",
            "ALTER TABLE note ADD PRIMARY KEY (id)",
            "ALTER TABLE note ADD CONSTRAINT ck CHECK (id > 0) NOT VALID",
            "ALTER TABLE note ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
            "DROP TABLE note; DROP TABLE memo",
            "DROP SCHEMA public",
            "SELECT 1",
        ] {
            assert!(written(statement).is_err(), "{statement}");
        }
    }
}
