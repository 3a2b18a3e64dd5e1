//! Reads sea-query's statements into definitions, through the text that its builders make of them.
//!
//! sea-query has no getters for checks, index predicates and alter options, so the built text is
//! the only complete account of a statement.

mod text;

use sea_orm::sea_query::{
    ColumnDef, ForeignKeyCreateStatement, IndexCreateStatement, MysqlQueryBuilder,
    PostgresQueryBuilder, SchemaStatementBuilder, SqliteQueryBuilder, Table, TableCreateStatement,
    TableRef, extension::postgres::TypeCreateStatement,
};
use sqlparser::{
    ast::{
        self, AlterTableOperation, ColumnOption, GeneratedAs, ObjectName, Statement,
        TableConstraint,
    },
    dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

pub(crate) use self::text::{alter_column, alter_table, alter_type, expression, sql};
use super::change::{
    CheckDefinition, ColumnDefinition, ForeignKeyDefinition, IndexDefinition, IndexPart,
    ReferentialAction, TableDefinition, TypeDefinition, UniqueDefinition,
};
use crate::{
    error::{Error, Result},
    scope::Dialect,
};

/// The longest name for constraints and indexes, in bytes: PostgreSQL keeps 63, and names that it
/// derives from ours need room.
const MAX_CONSTRAINT_BYTES: usize = 54;

fn unsupported(what: &str) -> Error {
    Error::UnsupportedDefinition { what: what.to_owned() }
}

fn builder_text<S: SchemaStatementBuilder>(statement: &S, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => statement.to_string(PostgresQueryBuilder),
        Dialect::Sqlite => statement.to_string(SqliteQueryBuilder),
        Dialect::MySql => statement.to_string(MysqlQueryBuilder),
    }
}

/// SQLite's builder writes `real(10, 2)`, which the parser reads only as a quoted type name.
fn quote_real_with_precision(tokens: &mut [Token]) {
    for at in 1..tokens.len() {
        let (before, after) = tokens.split_at_mut(at);
        let (Some(Token::Word(word)), Some(Token::LParen)) = (before.last_mut(), after.first())
        else {
            continue;
        };
        if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("real") {
            word.quote_style = Some('"');
            word.keyword = Keyword::NoKeyword;
        }
    }
}

/// A builder writes `E'it\'s'`, which the parser does not read as a value of an enum. What it says is
/// the same without escapes, since strings are read by the standard.
fn unescape_strings(tokens: &mut [Token]) {
    for token in tokens {
        if let Token::EscapedStringLiteral(text) = token {
            *token = Token::SingleQuotedString(std::mem::take(text));
        }
    }
}

fn parse(text: &str, dialect: Dialect) -> Result<Statement> {
    let dialect: &dyn sqlparser::dialect::Dialect = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::MySql => &MySqlDialect {},
    };
    let mut tokens = Tokenizer::new(dialect, text)
        .tokenize()
        .map_err(|error| unsupported(&error.to_string()))?;
    quote_real_with_precision(&mut tokens);
    unescape_strings(&mut tokens);
    let mut statements = Parser::new(dialect)
        .with_tokens(tokens)
        .parse_statements()
        .map_err(|error| unsupported(&error.to_string()))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        _ => Err(unsupported("more or less than one statement")),
    }
}

fn plain_name(name: &ObjectName) -> Result<String> {
    match name.0.as_slice() {
        [part] => part
            .as_ident()
            .map(|ident| ident.value.clone())
            .ok_or_else(|| unsupported("a computed name")),
        _ => Err(unsupported("a table name with a schema; the strategy decides where it lies")),
    }
}

fn names(idents: &[ast::Ident]) -> Vec<String> {
    idents.iter().map(|ident| ident.value.clone()).collect()
}

fn name_of(expression: &ast::Expr) -> Option<String> {
    if let ast::Expr::Identifier(ident) = expression { Some(ident.value.clone()) } else { None }
}

fn key_columns(columns: &[ast::IndexColumn]) -> Result<Vec<String>> {
    columns
        .iter()
        .map(|column| {
            name_of(&column.column.expr).ok_or_else(|| unsupported("a key on expressions"))
        })
        .collect()
}

/// A name for a constraint, made of what it is for, and cut with a hash where it would have more
/// than 54 bytes.
#[must_use]
pub fn constraint_name(prefix: &str, table: &str, columns: &[String]) -> String {
    let full = format!("{prefix}_{table}_{}", columns.join("_"));
    if full.len() <= MAX_CONSTRAINT_BYTES {
        return full;
    }
    let digest = super::record::hex_digest(full.as_bytes());
    let mut kept = MAX_CONSTRAINT_BYTES - 9;
    while !full.is_char_boundary(kept) {
        kept -= 1;
    }
    format!("{}_{}", &full[..kept], &digest[..8])
}

fn referential_action(action: ast::ReferentialAction) -> ReferentialAction {
    match action {
        ast::ReferentialAction::Restrict => ReferentialAction::Restrict,
        ast::ReferentialAction::NoAction => ReferentialAction::NoAction,
        ast::ReferentialAction::Cascade => ReferentialAction::Cascade,
        ast::ReferentialAction::SetNull => ReferentialAction::SetNull(Vec::new()),
        ast::ReferentialAction::SetDefault => ReferentialAction::SetDefault(Vec::new()),
    }
}

fn read_foreign_key(
    table: &str,
    key: &ast::ForeignKeyConstraint,
    inline_column: Option<&str>,
) -> Result<ForeignKeyDefinition> {
    if key.match_kind.is_some() || key.characteristics.is_some() {
        return Err(unsupported("MATCH or DEFERRABLE on a foreign key"));
    }
    let columns = match inline_column {
        Some(column) => vec![column.to_owned()],
        None => names(&key.columns),
    };
    if columns.len() != key.referred_columns.len() {
        return Err(unsupported("a foreign key that does not name the columns it points at"));
    }
    Ok(ForeignKeyDefinition {
        name: match &key.name {
            Some(name) => name.value.clone(),
            None => constraint_name("fk", table, &columns),
        },
        columns,
        references_schema: None,
        references: plain_name(&key.foreign_table)?,
        referenced_columns: names(&key.referred_columns),
        on_delete: key.on_delete.map(referential_action),
        on_update: key.on_update.map(referential_action),
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an option that is not taken apart is kept in the database's own words"
)]
fn read_column(table: &mut TableDefinition, column: ast::ColumnDef) -> Result<()> {
    let name = column.name.value;
    let mut read = ColumnDefinition {
        name: name.clone(),
        data_type: column.data_type.to_string().replace("\"real\"(", "real("),
        generated_key: false,
        nullable: true,
        options: Vec::new(),
    };
    for option in column.options {
        match option.option {
            ColumnOption::Null => read.nullable = true,
            ColumnOption::NotNull => read.nullable = false,
            ColumnOption::PrimaryKey(_) => table.primary_key = vec![name.clone()],
            ColumnOption::Unique(_) => table.unique_keys.push(UniqueDefinition {
                name: constraint_name("uq", &table.name, std::slice::from_ref(&name)),
                columns: vec![name.clone()],
            }),
            ColumnOption::ForeignKey(key) => {
                let key = read_foreign_key(&table.name, &key, Some(&name))?;
                table.foreign_keys.push(key);
            }
            ColumnOption::Generated {
                generated_as: GeneratedAs::ByDefault | GeneratedAs::Always,
                generation_expr: None,
                sequence_options,
                ..
            } if sequence_options.as_ref().is_none_or(Vec::is_empty) => read.generated_key = true,
            ColumnOption::DialectSpecific(tokens)
                if tokens.iter().any(|token| {
                    ["AUTOINCREMENT", "AUTO_INCREMENT"].contains(&token.to_string().as_str())
                }) =>
            {
                read.generated_key = true;
            }
            other => read.options.push(other.to_string()),
        }
    }
    table.columns.push(read);
    Ok(())
}

fn read_unique_key(table: &str, key: ast::UniqueConstraint) -> Result<UniqueDefinition> {
    if key.characteristics.is_some() || !key.include.is_empty() {
        return Err(unsupported("DEFERRABLE or INCLUDE on a unique key"));
    }
    if key.nulls_distinct == ast::NullsDistinctOption::NotDistinct {
        return Err(unsupported("NULLS NOT DISTINCT on a unique key"));
    }
    let columns = key_columns(&key.columns)?;
    // MySQL's builder names the index.
    let name = match key.name.or(key.index_name) {
        Some(name) => name.value,
        None => constraint_name("uq", table, &columns),
    };
    Ok(UniqueDefinition { name, columns })
}

fn read_check(check: ast::CheckConstraint) -> CheckDefinition {
    let name = check.name.map(|name| name.value);
    CheckDefinition { name, condition: check.expr.to_string() }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known is refused")]
fn read_constraint(table: &mut TableDefinition, constraint: TableConstraint) -> Result<()> {
    match constraint {
        TableConstraint::PrimaryKey(key) => table.primary_key = key_columns(&key.columns)?,
        TableConstraint::Unique(key) => {
            let key = read_unique_key(&table.name, key)?;
            table.unique_keys.push(key);
        }
        TableConstraint::ForeignKey(key) => {
            let key = read_foreign_key(&table.name, &key, None)?;
            table.foreign_keys.push(key);
        }
        TableConstraint::Check(check) => table.checks.push(read_check(check)),
        other => return Err(unsupported(&format!("the table constraint `{other}`"))),
    }
    Ok(())
}

pub(crate) fn table(statement: &TableCreateStatement, dialect: Dialect) -> Result<TableDefinition> {
    let Some(TableRef::Table(..)) = statement.get_table_name() else {
        return Err(unsupported("a table without a plain name"));
    };
    let Statement::CreateTable(created) = parse(&builder_text(statement, dialect), dialect)? else {
        return Err(unsupported("what is no CREATE TABLE"));
    };
    let mut table = read_table(created)?;
    // SQLite's builder leaves the names of foreign keys out.
    let keys = statement.get_foreign_key_create_stmts().iter().map(|key| key.get_foreign_key());
    for (read, key) in table.foreign_keys.iter_mut().zip(keys) {
        if let Some(name) = key.get_name() {
            name.clone_into(&mut read.name);
        }
    }
    Ok(table)
}

fn read_table(created: ast::CreateTable) -> Result<TableDefinition> {
    if created.temporary || created.query.is_some() || created.partition_by.is_some() {
        return Err(unsupported("a temporary, derived or partitioned table"));
    }
    let mut table = TableDefinition {
        name: plain_name(&created.name)?,
        columns: Vec::new(),
        primary_key: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
    };
    created.columns.into_iter().try_for_each(|column| read_column(&mut table, column))?;
    created
        .constraints
        .into_iter()
        .try_for_each(|constraint| read_constraint(&mut table, constraint))?;
    // A primary key is never null, whether it says so or not; SQLite alone would let it be.
    for column in &mut table.columns {
        if table.primary_key.contains(&column.name) {
            column.nullable = false;
        }
    }
    Ok(table)
}

pub(crate) fn index(statement: &IndexCreateStatement, dialect: Dialect) -> Result<IndexDefinition> {
    let Statement::CreateIndex(index) = parse(&builder_text(statement, dialect), dialect)? else {
        return Err(unsupported("what is no CREATE INDEX"));
    };
    let index = read_index(&index)?;
    if dialect == Dialect::MySql && index.predicate.is_some() {
        return Err(unsupported("an index over some of the rows on MySQL"));
    }
    Ok(index)
}

fn read_index(index: &ast::CreateIndex) -> Result<IndexDefinition> {
    if !index.include.is_empty() || index.nulls_distinct.is_some() || !index.with.is_empty() {
        return Err(unsupported("INCLUDE, NULLS NOT DISTINCT or WITH on an index"));
    }
    let table = plain_name(&index.table_name)?;
    let parts: Vec<IndexPart> = index
        .columns
        .iter()
        .map(|part| IndexPart { column: name_of(&part.column.expr), text: part.to_string() })
        .collect();
    let name = match &index.name {
        Some(name) => plain_name(name)?,
        None => {
            let columns: Vec<String> =
                parts.iter().map(|part| part.column.clone().unwrap_or_default()).collect();
            constraint_name("idx", &table, &columns)
        }
    };
    Ok(IndexDefinition {
        name,
        table,
        unique: index.unique,
        method: index.using.as_ref().map(ToString::to_string),
        parts,
        predicate: index.predicate.as_ref().map(ToString::to_string),
        concurrently: index.concurrently,
    })
}

/// Reads a column by adding it to a table of no other columns.
pub(crate) fn column(column: &ColumnDef, dialect: Dialect) -> Result<ColumnDefinition> {
    let alone = Table::create().table("alone").col(column.clone()).take();
    only_column(table(&alone, dialect)?)
}

fn only_column(mut table: TableDefinition) -> Result<ColumnDefinition> {
    if !(table.primary_key.is_empty() && table.unique_keys.is_empty()) {
        return Err(unsupported("a key on an added column; create a unique index beside it"));
    }
    table.columns.pop().ok_or_else(|| unsupported("no column"))
}

/// Reads an enum type. Only PostgreSQL's builder knows types, whatever the database.
pub(crate) fn enum_type(statement: &TypeCreateStatement) -> Result<TypeDefinition> {
    let text = statement.to_string(PostgresQueryBuilder);
    let Statement::CreateType { name, representation } = parse(&text, Dialect::Postgres)? else {
        return Err(unsupported("what is no CREATE TYPE"));
    };
    read_type(&name, representation)
}

fn read_type(
    name: &ObjectName,
    representation: Option<ast::UserDefinedTypeRepresentation>,
) -> Result<TypeDefinition> {
    let Some(ast::UserDefinedTypeRepresentation::Enum { labels }) = representation else {
        return Err(unsupported("a type that is no enum"));
    };
    Ok(TypeDefinition { name: plain_name(name)?, values: names(&labels) })
}

pub(crate) fn foreign_key(
    statement: &ForeignKeyCreateStatement,
) -> Result<(String, ForeignKeyDefinition)> {
    // SQLite's builder panics on a foreign key outside CREATE TABLE, and the definition is the
    // same in both dialects.
    let text = statement.to_string(PostgresQueryBuilder);
    let Statement::AlterTable(altered) = parse(&text, Dialect::Postgres)? else {
        return Err(unsupported("what is no ALTER TABLE"));
    };
    let table = plain_name(&altered.name)?;
    match altered.operations.as_slice() {
        [
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::ForeignKey(key), ..
            },
        ] => {
            let key = read_foreign_key(&table, key, None)?;
            Ok((table, key))
        }
        _ => Err(unsupported("what is no foreign key")),
    }
}

#[cfg(test)]
mod tests;
