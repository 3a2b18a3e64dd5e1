//! The rows of the former tables, brought into those that the migrations make.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{AdoptedTable, existing::Existing};
use crate::{
    error::{Error, Result},
    migrate::{
        render::{literal, quoted, quoted_list},
        structure::{ColumnStructure, Generation, TableStructure},
    },
    name::Identifier,
    scope::Dialect,
    tenancy::Tenancy,
    tenant::TenantId,
};

const DOING: &str = "adopting the tables";

/// Stands before the names of tables that were moved aside on SQLite, which has no schemas.
pub(super) const FORMER: &str = "tenancy_former_";

/// Where tables lie.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    schema: String,
    prefix: &'static str,
    /// Whether the schema was made for them, and goes with them.
    is_temporary: bool,
}

impl Side {
    /// Beside the registry.
    pub(super) fn registry(tenancy: &Tenancy) -> Self {
        Self::schema(tenancy.dialect().shared_schema().as_str())
    }

    /// In a schema.
    pub(crate) fn schema(name: &str) -> Self {
        Self { schema: name.to_owned(), prefix: "", is_temporary: false }
    }

    /// A table there, quoted.
    pub(super) fn table(&self, name: &str) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&format!("{}{name}", self.prefix)))
    }
}

pub(super) async fn execute(transaction: &DatabaseTransaction, sql: &str) -> Result<()> {
    transaction.execute_unprepared(sql).await.map(drop).map_err(Error::database(DOING))
}

async fn query(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>> {
    let backend = transaction.get_database_backend();
    let select = Statement::from_sql_and_values(backend, sql, values);
    transaction.query_all_raw(select).await.map_err(Error::database(DOING))
}

fn cell<T: sea_orm::TryGetable>(row: &QueryResult, at: usize) -> Result<T> {
    row.try_get_by_index(at).map_err(Error::database(DOING))
}

/// Makes room for tables of the same names.
pub(super) async fn move_aside(
    transaction: &DatabaseTransaction,
    existing: &Existing,
) -> Result<Side> {
    let mut statements = Vec::new();
    let side = if transaction.get_database_backend() == DbBackend::Postgres {
        let schema = format!("{FORMER}{}", Uuid::now_v7().simple());
        let to = quoted(&schema);
        statements.push(format!("CREATE SCHEMA {to}"));
        let tables = existing.found.tables.keys().map(|name| ("TABLE", name));
        let types = existing.found.types.keys().map(|name| ("TYPE", name));
        for (what, name) in tables.chain(types) {
            statements.push(format!("ALTER {what} public.{} SET SCHEMA {to}", quoted(name)));
        }
        Side { schema, prefix: "", is_temporary: true }
    } else {
        for (name, table) in &existing.found.tables {
            // An index keeps its name when its table is renamed, and the new one wants it.
            statements.extend(table.indexes.keys().map(|i| format!("DROP INDEX {}", quoted(i))));
            let to = quoted(&format!("{FORMER}{name}"));
            statements.push(format!("ALTER TABLE {} RENAME TO {to}", quoted(name)));
        }
        Side { schema: "main".to_owned(), prefix: FORMER, is_temporary: false }
    };
    for statement in statements {
        execute(transaction, &statement).await?;
    }
    Ok(side)
}

/// Drops the former tables, whose rows are elsewhere. What else stands on them makes it fail.
pub(super) async fn drop_former(
    transaction: &DatabaseTransaction,
    existing: &Existing,
    from: &Side,
) -> Result<()> {
    let tables: Vec<String> =
        existing.children_first().into_iter().map(|table| from.table(table)).collect();
    if transaction.get_database_backend() != DbBackend::Postgres {
        execute(transaction, "PRAGMA defer_foreign_keys = ON").await?;
        for table in tables {
            execute(transaction, &format!("DROP TABLE {table}")).await?;
        }
        return Ok(());
    }
    execute(transaction, &format!("DROP TABLE {}", tables.join(", "))).await?;
    for name in existing.found.types.keys() {
        execute(transaction, &format!("DROP TYPE {}", from.table(name))).await?;
    }
    if from.is_temporary {
        execute(transaction, &format!("DROP SCHEMA {}", quoted(&from.schema))).await?;
    }
    Ok(())
}

/// A foreign key that is away while rows come in whatever order.
struct Key {
    table: String,
    name: String,
    definition: String,
}

/// Brings rows from one side to the other.
pub(crate) struct Copy<'a> {
    pub(crate) from: &'a Side,
    pub(crate) to: &'a Side,
    pub(crate) existing: &'a Existing,
    /// The tenant column and its value, where rows of all tenants lie together.
    pub(crate) tenant: Option<(&'a Identifier, TenantId)>,
}

/// Tables that are there are not adopted on MariaDB and MySQL: what is done cannot be taken back.
fn unsupported() -> Error {
    Error::UnsupportedDatabase { backend: Dialect::MySql.to_string() }
}

impl Copy<'_> {
    /// Brings all rows, and compares them with those that they came from.
    pub(crate) async fn rows(
        &self,
        transaction: &DatabaseTransaction,
    ) -> Result<Vec<AdoptedTable>> {
        let dialect = Dialect::try_from(transaction.get_database_backend())?;
        match dialect {
            Dialect::Postgres => {
                let keys = self.take_keys(transaction).await?;
                self.empty(transaction, dialect).await?;
                self.fill(transaction, dialect).await?;
                for Key { table, name, definition } in keys {
                    let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
                    execute(transaction, &add).await?;
                }
            }
            Dialect::Sqlite => {
                execute(transaction, "PRAGMA defer_foreign_keys = ON").await?;
                self.empty(transaction, dialect).await?;
                self.fill(transaction, dialect).await?;
                self.check_keys(transaction).await?;
            }
            Dialect::MySql => return Err(unsupported()),
        }
        let mut adopted = Vec::new();
        for (name, table) in &self.existing.structure.tables {
            let rows = match dialect {
                Dialect::Postgres => self.same_on_postgres(transaction, name, table).await?,
                Dialect::Sqlite => self.same_on_sqlite(transaction, name, table).await?,
                Dialect::MySql => return Err(unsupported()),
            };
            adopted.push(AdoptedTable { name: name.clone(), rows });
        }
        Ok(adopted)
    }

    /// Takes away what steps that are not plain definitions have written: the rows that come have
    /// it already.
    async fn empty(&self, transaction: &DatabaseTransaction, dialect: Dialect) -> Result<()> {
        let tables = self.existing.children_first().into_iter().map(|table| self.to.table(table));
        let tables: Vec<String> = tables.collect();
        match dialect {
            Dialect::Postgres => {
                execute(transaction, &format!("TRUNCATE {}", tables.join(", "))).await
            }
            Dialect::Sqlite => {
                for table in tables {
                    execute(transaction, &format!("DELETE FROM {table}")).await?;
                }
                Ok(())
            }
            Dialect::MySql => Err(unsupported()),
        }
    }

    async fn fill(&self, transaction: &DatabaseTransaction, dialect: Dialect) -> Result<()> {
        for (name, table) in &self.existing.structure.tables {
            let columns: Vec<&ColumnStructure> = written(table).collect();
            let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
            let values: Vec<String> = columns.iter().map(|column| self.value(column)).collect();
            let (mut into, mut select) = (quoted_list(&names), values.join(", "));
            let mut bound = Vec::new();
            if let Some((column, tenant)) = self.tenant {
                let place = match dialect {
                    Dialect::Postgres => "$1",
                    Dialect::Sqlite => "?1",
                    Dialect::MySql => return Err(unsupported()),
                };
                into = format!("{}, {into}", quoted(column.as_str()));
                select = format!("{place}, {select}");
                bound.push(Value::from(tenant.as_uuid()));
            }
            let given = match dialect {
                Dialect::Postgres => "OVERRIDING SYSTEM VALUE ",
                Dialect::Sqlite | Dialect::MySql => "",
            };
            let (to, from) = (self.to.table(name), self.from.table(name));
            let insert = format!("INSERT INTO {to} ({into}) {given}SELECT {select} FROM {from}");
            let backend = transaction.get_database_backend();
            let insert = Statement::from_sql_and_values(backend, insert, bound);
            transaction.execute_raw(insert).await.map_err(Error::database(DOING))?;
            match dialect {
                Dialect::Postgres => self.go_on_counting(transaction, name, table).await?,
                Dialect::Sqlite => self.keep_sequence(transaction, name, table).await?,
                Dialect::MySql => return Err(unsupported()),
            }
        }
        Ok(())
    }

    /// What stands for a column among those that are read. A type of the same name in another schema
    /// is another type.
    fn value(&self, column: &ColumnStructure) -> String {
        let name = quoted(&column.name);
        let (element, array) = match column.data_type.strip_suffix("[]") {
            Some(element) => (element, "[]"),
            None => (column.data_type.as_str(), ""),
        };
        let types = &self.existing.structure.types;
        let is_type = |name: &&String| name.as_str() == element || quoted(name) == element;
        match types.keys().find(is_type) {
            Some(of) => format!("{name}::text{array}::{}{array}", self.to.table(of)),
            None => name,
        }
    }

    async fn take_keys(&self, transaction: &DatabaseTransaction) -> Result<Vec<Key>> {
        let tables: Vec<&String> = self.existing.structure.tables.keys().collect();
        let tables = serde_json::json!(tables).to_string();
        let rows = query(
            transaction,
            "SELECT c.relname::text, quote_ident(k.conname), pg_get_constraintdef(k.oid) \
             FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE k.contype = 'f' AND n.nspname = $1 \
             AND c.relname = ANY (ARRAY(SELECT json_array_elements_text($2::json)))",
            [self.to.schema.as_str().into(), tables.into()],
        )
        .await?;
        let mut keys = Vec::new();
        for row in rows {
            let table = self.to.table(&cell::<String>(&row, 0)?);
            let key = Key { table, name: cell(&row, 1)?, definition: cell(&row, 2)? };
            let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", key.table, key.name);
            execute(transaction, &drop).await?;
            keys.push(key);
        }
        Ok(keys)
    }

    /// Has generated keys go on where they were, also past rows that are gone.
    async fn go_on_counting(
        &self,
        transaction: &DatabaseTransaction,
        name: &str,
        table: &TableStructure,
    ) -> Result<()> {
        for column in table.columns.iter().filter(|column| is_counted(column)) {
            let (to, from) = (self.to.table(name), self.from.table(name));
            let Some(counter) = sequence(transaction, &to, &column.name).await? else { continue };
            let next = match sequence(transaction, &from, &column.name).await? {
                Some(former) => format!("last_value, is_called) FROM {former}"),
                None => format!("max({})) FROM {from}", quoted(&column.name)),
            };
            let set = format!("SELECT pg_catalog.setval($1::regclass, {next}");
            query(transaction, &set, [counter.into()]).await?;
        }
        Ok(())
    }

    async fn keep_sequence(
        &self,
        transaction: &DatabaseTransaction,
        name: &str,
        table: &TableStructure,
    ) -> Result<()> {
        if !table.columns.iter().any(is_counted) {
            return Ok(());
        }
        let (to, name) = (literal(&format!("{}{name}", self.to.prefix)), literal(name));
        let clear = format!("DELETE FROM main.sqlite_sequence WHERE name = {to}");
        execute(transaction, &clear).await?;
        let (schema, prefix) = (quoted(&self.from.schema), literal(self.from.prefix));
        let keep = format!(
            "INSERT INTO main.sqlite_sequence (name, seq) SELECT {to}, seq \
             FROM {schema}.sqlite_sequence WHERE name = {prefix} || {name}"
        );
        execute(transaction, &keep).await
    }

    async fn check_keys(&self, transaction: &DatabaseTransaction) -> Result<()> {
        for table in self.existing.structure.tables.keys() {
            let sql = "SELECT count(*) FROM pragma_foreign_key_check(?1, 'main')";
            let rows = query(transaction, sql, [table.as_str().into()]).await?;
            let broken: i64 = rows.first().map_or(Ok(0), |row| cell(row, 0))?;
            if broken > 0 {
                let reason = format!("{broken} rows of `{table}` refer to rows that do not exist");
                return Err(Error::NotAdoptable { reason });
            }
        }
        Ok(())
    }

    /// Counts the rows, and compares a sum over all that is in them.
    async fn same_on_postgres(
        &self,
        transaction: &DatabaseTransaction,
        name: &str,
        table: &TableStructure,
    ) -> Result<u64> {
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let columns = quoted_list(&columns);
        let mut sums: Vec<(i64, String)> = Vec::new();
        for side in [self.from, self.to] {
            let sum = format!(
                "SELECT count(*), coalesce(sum(pg_catalog.hashtextextended(ROW({columns})::text, 0)), 0)::text \
                 FROM {}",
                side.table(name)
            );
            for row in query(transaction, &sum, []).await? {
                sums.push((cell(&row, 0)?, cell(&row, 1)?));
            }
        }
        match sums.as_slice() {
            [before, after] if before == after => Ok(after.0.unsigned_abs()),
            _ => Err(unequal(name)),
        }
    }

    async fn same_on_sqlite(
        &self,
        transaction: &DatabaseTransaction,
        name: &str,
        table: &TableStructure,
    ) -> Result<u64> {
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let columns = quoted_list(&columns);
        let (from, to) = (self.from.table(name), self.to.table(name));
        let without = |one: &str, other: &str| {
            format!(
                "(SELECT count(*) FROM \
                 (SELECT {columns} FROM {one} EXCEPT SELECT {columns} FROM {other}))"
            )
        };
        let compare = format!(
            "SELECT (SELECT count(*) FROM {from}), (SELECT count(*) FROM {to}), {} + {}",
            without(&from, &to),
            without(&to, &from)
        );
        let rows = query(transaction, &compare, []).await?;
        let row = rows.first().ok_or_else(|| unequal(name))?;
        let (before, after): (i64, i64) = (cell(row, 0)?, cell(row, 1)?);
        if before != after || cell::<i64>(row, 2)? != 0 {
            return Err(unequal(name));
        }
        Ok(after.unsigned_abs())
    }
}

fn unequal(table: &str) -> Error {
    let reason = format!("the rows of `{table}` were not the same after they had been copied");
    Error::NotAdoptable { reason }
}

/// The columns that hold what was written into them.
fn written(table: &TableStructure) -> impl Iterator<Item = &ColumnStructure> {
    table.columns.iter().filter(|column| match column.generated {
        Some(Generation::Stored(_) | Generation::Virtual(_)) => false,
        Some(
            Generation::IdentityAlways | Generation::IdentityByDefault | Generation::Autoincrement,
        )
        | None => true,
    })
}

fn is_counted(column: &ColumnStructure) -> bool {
    let is_serial = |default: &String| default.starts_with("nextval(");
    match column.generated {
        Some(
            Generation::IdentityAlways | Generation::IdentityByDefault | Generation::Autoincrement,
        ) => true,
        Some(Generation::Stored(_) | Generation::Virtual(_)) => false,
        None => column.default.as_ref().is_some_and(is_serial),
    }
}

/// The sequence of a column, as PostgreSQL writes its name.
async fn sequence(
    transaction: &DatabaseTransaction,
    table: &str,
    column: &str,
) -> Result<Option<String>> {
    let sql = "SELECT pg_catalog.pg_get_serial_sequence($1, $2)";
    let rows = query(transaction, sql, [table.into(), column.into()]).await?;
    rows.first().map_or(Ok(None), |row| cell(row, 0))
}
