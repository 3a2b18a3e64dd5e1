//! Reads structures from PostgreSQL's catalog, of many schemas at once.
//!
//! The catalog's own tables are read, since `information_schema` looks at every table of the
//! database whichever are asked for.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable};

use super::{
    ColumnStructure, DOING, ForeignKeyStructure, Generation, LeaveOut, Structure, TableStructure,
    text::{without_index_name, without_schema},
};
use crate::error::{Error, Result};

/// The schemas come as one JSON text, which needs no support for arrays in the driver.
const NAMED: &str = "n.nspname = ANY (ARRAY(SELECT json_array_elements_text($1::json)))";

const COLUMNS: &str = "SELECT n.nspname::text, c.relname::text, a.attname::text, \
     format_type(a.atttypid, a.atttypmod), \
     CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END, \
     NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, \
     a.attgenerated::text, c.relpersistence::text, pg_get_partkeydef(c.oid) \
     FROM pg_namespace n \
     LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p') \
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum";

const CONSTRAINTS: &str = "SELECT n.nspname::text, c.relname::text, k.conname::text, \
     k.contype::text, pg_get_constraintdef(k.oid), k.confrelid::regclass::text, \
     (SELECT json_agg(a.attname ORDER BY key.at)::text \
      FROM unnest(k.conkey) WITH ORDINALITY AS key (attnum, at) \
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.attnum) \
     FROM pg_namespace n \
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p') \
     JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')";

const INDEXES: &str = "SELECT n.nspname::text, c.relname::text, i.relname::text, \
     pg_get_indexdef(x.indexrelid), x.indisvalid \
     FROM pg_namespace n \
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p') \
     JOIN pg_index x ON x.indrelid = c.oid \
     JOIN pg_class i ON i.oid = x.indexrelid \
     LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')";

const TYPES: &str = "SELECT n.nspname::text, t.typname::text, \
     json_agg(e.enumlabel ORDER BY e.enumsortorder)::text \
     FROM pg_namespace n JOIN pg_type t ON t.typnamespace = n.oid AND t.typtype = 'e' \
     JOIN pg_enum e ON e.enumtypid = t.oid";

fn cell<T: TryGetable>(row: &QueryResult, at: usize) -> Result<T> {
    row.try_get_by_index(at).map_err(Error::database(DOING))
}

/// The names in a JSON array that the catalog was asked for.
fn names(row: &QueryResult, at: usize) -> Result<Vec<String>> {
    let json: Option<String> = cell(row, at)?;
    let broken =
        |error: serde_json::Error| Error::database(DOING)(sea_orm::DbErr::Type(error.to_string()));
    json.map_or(Ok(Vec::new()), |json| serde_json::from_str(&json).map_err(broken))
}

pub(super) async fn current_schema<C: ConnectionTrait>(connection: &C) -> Result<Option<String>> {
    let sql = "SELECT pg_catalog.current_schema()::text";
    let row = connection
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .map_err(Error::database(DOING))?;
    row.map_or(Ok(None), |row| cell(&row, 0))
}

struct Reader<'a, C> {
    transaction: &'a C,
    /// The schemas as a JSON array.
    schemas: String,
    leave_out: LeaveOut<'a>,
    structures: BTreeMap<String, Structure>,
}

/// Reads the structures in a transaction that is rolled back afterwards, and with it the search
/// path: this one makes the server write every name with its schema, but for its own, and keeps a
/// temporary table from standing for one of the catalog's.
pub(super) async fn of_schemas<C: ConnectionTrait>(
    transaction: &C,
    schemas: &[&str],
    leave_out: LeaveOut<'_>,
) -> Result<BTreeMap<String, Structure>> {
    let sql = "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";
    transaction
        .execute_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .map_err(Error::database(DOING))?;
    let schemas = serde_json::Value::from(schemas.to_vec()).to_string();
    let mut reader = Reader { transaction, schemas, leave_out, structures: BTreeMap::new() };
    reader.columns().await?;
    reader.constraints().await?;
    reader.indexes().await?;
    reader.types().await?;
    Ok(reader.structures)
}

impl<C: ConnectionTrait> Reader<'_, C> {
    async fn rows(&self, select: &str, rest: &str) -> Result<Vec<QueryResult>> {
        let sql = format!("{select} WHERE {NAMED} {rest}");
        let values = [self.schemas.as_str().into()];
        self.transaction
            .query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
            .await
            .map_err(Error::database(DOING))
    }

    /// The table that a row is about, unless it is left out.
    fn table(&mut self, schema: &str, table: &str) -> Option<&mut TableStructure> {
        self.structures.get_mut(schema)?.tables.get_mut(table)
    }

    async fn columns(&mut self) -> Result<()> {
        for row in self.rows(COLUMNS, "ORDER BY 1, 2, a.attnum").await? {
            let schema: String = cell(&row, 0)?;
            let structure = self.structures.entry(schema.clone()).or_default();
            let table: Option<String> = cell(&row, 1)?;
            let Some(table) = table.filter(|table| !(self.leave_out)(table)) else { continue };
            let is_new = !structure.tables.contains_key(&table);
            let table = structure.tables.entry(table).or_default();
            if is_new {
                table.options = options(&row, &schema)?;
            }
            table.columns.extend(column(&row, &schema)?);
        }
        Ok(())
    }

    async fn constraints(&mut self) -> Result<()> {
        for row in self.rows(CONSTRAINTS, "").await? {
            let (schema, table): (String, String) = (cell(&row, 0)?, cell(&row, 1)?);
            let (name, kind): (String, String) = (cell(&row, 2)?, cell(&row, 3)?);
            let definition = without_schema(&cell::<String>(&row, 4)?, &schema);
            let Some(table) = self.table(&schema, &table) else { continue };
            match kind.as_str() {
                "p" => table.primary_key = names(&row, 6)?,
                "u" => drop(table.unique_keys.insert(name, definition)),
                "f" => {
                    let references = without_schema(&cell::<String>(&row, 5)?, &schema);
                    let key = ForeignKeyStructure { references, definition };
                    table.foreign_keys.insert(name, key);
                }
                _ => drop(table.checks.insert(name, definition)),
            }
        }
        Ok(())
    }

    async fn indexes(&mut self) -> Result<()> {
        for row in self.rows(INDEXES, "AND k.oid IS NULL").await? {
            let (schema, table): (String, String) = (cell(&row, 0)?, cell(&row, 1)?);
            let definition = without_schema(&cell::<String>(&row, 3)?, &schema);
            let mut definition = without_index_name(&definition);
            if !cell::<bool>(&row, 4)? {
                definition.push_str(" INVALID");
            }
            let name: String = cell(&row, 2)?;
            if let Some(table) = self.table(&schema, &table) {
                table.indexes.insert(name, definition);
            }
        }
        Ok(())
    }

    async fn types(&mut self) -> Result<()> {
        for row in self.rows(TYPES, "GROUP BY n.nspname, t.oid, t.typname").await? {
            let (schema, name): (String, String) = (cell(&row, 0)?, cell(&row, 1)?);
            self.structures.entry(schema).or_default().types.insert(name, names(&row, 2)?);
        }
        Ok(())
    }
}

fn options(row: &QueryResult, schema: &str) -> Result<Vec<String>> {
    let persistence: String = cell(row, 9)?;
    let unlogged = (persistence == "u").then(|| "UNLOGGED".to_owned());
    let partition: Option<String> = cell(row, 10)?;
    let partition = partition.map(|key| format!("PARTITION BY {}", without_schema(&key, schema)));
    Ok(unlogged.into_iter().chain(partition).collect())
}

fn column(row: &QueryResult, schema: &str) -> Result<Option<ColumnStructure>> {
    let Some(name) = cell::<Option<String>>(row, 2)? else { return Ok(None) };
    let (identity, generated): (String, String) = (cell(row, 7)?, cell(row, 8)?);
    let expression: Option<String> = cell(row, 6)?;
    let expression = expression.map(|expression| without_schema(&expression, schema));
    let (default, generated) = match (identity.as_str(), generated.as_str(), expression) {
        ("a", _, _) => (None, Some(Generation::IdentityAlways)),
        ("d", _, _) => (None, Some(Generation::IdentityByDefault)),
        (_, "s", Some(expression)) => (None, Some(Generation::Stored(expression))),
        (_, "v", Some(expression)) => (None, Some(Generation::Virtual(expression))),
        (_, _, default) => (default, None),
    };
    let collation: Option<String> = cell(row, 4)?;
    Ok(Some(ColumnStructure {
        name,
        data_type: without_schema(&cell::<String>(row, 3)?, schema),
        collation: collation.map(|collation| without_schema(&collation, schema)),
        nullable: cell(row, 5)?,
        default,
        generated,
    }))
}
