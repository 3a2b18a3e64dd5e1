//! Reads what tables a database has, where the registry lies.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    Statement, Value,
};

use crate::{
    catalog::{Catalog, Table, TableKind},
    error::{Error, Result},
    migrate::retry,
    registry::{entity, schema},
    strategy::Databases,
};

const DOING: &str = "reading the database's catalog";

/// A question in the words of each database.
struct Words {
    postgres: &'static str,
    sqlite: &'static str,
    mysql: &'static str,
}

impl Words {
    fn of(&self, backend: DbBackend) -> &'static str {
        if backend == DbBackend::Postgres {
            self.postgres
        } else if backend == DbBackend::MySql {
            self.mysql
        } else {
            self.sqlite
        }
    }
}

async fn names<C: ConnectionTrait>(
    connection: &C,
    words: Words,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let sql = words.of(backend);
    let rows = connection
        .query_all_raw(Statement::from_sql_and_values(backend, sql, values))
        .await
        .map_err(Error::database(DOING))?;
    rows.iter().map(|row| row.try_get_by_index(0).map_err(Error::database(DOING))).collect()
}

/// The database of the server that a connection is in, on MySQL.
pub(crate) async fn database_name<C: ConnectionTrait>(connection: &C) -> Result<Option<String>> {
    if connection.get_database_backend() != DbBackend::MySql {
        return Ok(None);
    }
    let ask = Statement::from_string(DbBackend::MySql, "SELECT CONVERT(DATABASE() USING utf8mb4)");
    let row = connection.query_one_raw(ask).await.map_err(Error::database(DOING))?;
    let name =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::database(DOING))?;
    Ok(name.flatten())
}

/// The tables and views beside the registry, by name.
pub(crate) async fn tables<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    names(
        connection,
        Words {
            postgres: "SELECT relname::text FROM pg_catalog.pg_class \
                 WHERE relnamespace = current_schema()::regnamespace \
                 AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname",
            sqlite: "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') \
                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
            mysql: "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() ORDER BY table_name",
        },
        [],
    )
    .await
}

/// Whether there is a table of this name beside the registry.
pub(crate) async fn has_table<C: ConnectionTrait>(connection: &C, table: &str) -> Result<bool> {
    let found = names(
        connection,
        Words {
            postgres: "SELECT relname::text FROM pg_catalog.pg_class \
                 WHERE relnamespace = current_schema()::regnamespace AND relname = $1 \
                 AND relkind IN ('r', 'p', 'v', 'm', 'f')",
            sqlite: "SELECT name FROM sqlite_schema \
                 WHERE type IN ('table', 'view') AND name = ?1",
            mysql: "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name = ?",
        },
        [table.into()],
    )
    .await?;
    Ok(!found.is_empty())
}

/// The database of MariaDB or MySQL that a connection stands in.
pub(crate) async fn current_database<C: ConnectionTrait>(connection: &C) -> Result<String> {
    database_name(connection).await?.ok_or(Error::NotInitialised)
}

/// The columns of all tables beside the registry, in order, by table.
async fn columns<C: ConnectionTrait>(connection: &C) -> Result<BTreeMap<String, Vec<String>>> {
    let backend = connection.get_database_backend();
    let words = Words {
        postgres: "SELECT c.relname::text, a.attname::text FROM pg_catalog.pg_attribute a \
             JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             WHERE c.relnamespace = current_schema()::regnamespace \
             AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
             AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
        sqlite: "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
             WHERE t.type IN ('table', 'view') ORDER BY t.name, c.cid",
        mysql: "SELECT CONVERT(table_name USING utf8mb4), CONVERT(column_name USING utf8mb4) \
             FROM information_schema.columns WHERE table_schema = DATABASE() \
             ORDER BY table_name, ordinal_position",
    };
    let sql = words.of(backend);
    let doing = Error::database(DOING);
    let rows =
        connection.query_all_raw(Statement::from_string(backend, sql)).await.map_err(&doing)?;
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let table: String = row.try_get_by_index(0).map_err(&doing)?;
        columns.entry(table).or_default().push(row.try_get_by_index(1).map_err(&doing)?);
    }
    Ok(columns)
}

/// The framework's own tables and the shared tables, as a catalog. Refuses a tenant table by the
/// name of one that is shared, or ever was.
pub(crate) async fn shared_catalog<C: ConnectionTrait>(
    connection: &C,
    tenant: &Catalog,
) -> Result<Catalog> {
    let ever_shared = shared_rows(connection).await?;
    // Isolation: a process from before the change reads the name without any filter.
    if let Some(table) = ever_shared.iter().find(|table| tenant.knows(&table.name)) {
        return Err(Error::TableOnBothSides { table: table.name.clone() });
    }
    let mut catalog = present_once(ever_shared);
    let is_shared = |table: &&Table| matches!(table.kind, TableKind::Shared { .. });
    let shared: Vec<Table> = catalog.tables().filter(is_shared).cloned().collect();
    let mut all = if shared.is_empty() { BTreeMap::new() } else { columns(connection).await? };
    for table in shared {
        let columns = all.remove(&table.name).unwrap_or_default();
        catalog.insert(Table { columns, ..table });
    }
    Ok(catalog)
}

/// The same for whoever asks which tables they are, and not what is in them.
pub(crate) async fn beside_tenants<C: ConnectionTrait>(connection: &C) -> Result<Catalog> {
    Ok(present_once(shared_rows(connection).await?))
}

async fn shared_rows<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<entity::shared_table::Model>> {
    entity::shared_table::Entity::find()
        .all(connection)
        .await
        .map_err(Error::database("reading the shared tables"))
}

/// The framework's own tables and those that are shared still.
fn present_once(ever_shared: Vec<entity::shared_table::Model>) -> Catalog {
    let own = schema::TABLES.into_iter().map(|name| (name.to_owned(), TableKind::Registry));
    let shared = ever_shared.into_iter().filter(|table| table.dropped_by.is_none());
    let shared = shared.map(|table| (table.name, TableKind::Shared { writable: false }));
    let mut catalog = Catalog::default();
    for (name, kind) in own.chain(shared) {
        catalog.insert(Table { name, kind, columns: Vec::new(), keys: Vec::new() });
    }
    catalog
}

impl Databases {
    /// The tables that all tenants share, by name, as the registry has them.
    ///
    /// For a strategy whose tenants cannot reach the registry's database and need them in their own.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry cannot be read.
    pub async fn shared_tables(&self) -> Result<Vec<String>> {
        let shared = entity::shared_table::Entity::find()
            .filter(entity::shared_table::Column::DroppedBy.is_null())
            .order_by_asc(entity::shared_table::Column::Name)
            .all(&self.direct)
            .await
            .map_err(Error::database("reading the shared tables"))?;
        Ok(shared.into_iter().map(|table| table.name).collect())
    }
}

/// The names of all tables that are shared or ever were.
pub(crate) async fn ever_shared<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    let shared = shared_rows(connection).await?;
    Ok(shared.into_iter().map(|table| table.name).collect())
}

/// Whether a statement was refused because a table is not there.
pub(crate) fn is_missing_table(error: &DbErr) -> bool {
    // PostgreSQL's undefined_table and MySQL's `ER_NO_SUCH_TABLE`; SQLite says it in words only.
    retry::code(error).is_some_and(|code| ["42P01", "42S02"].contains(&code.as_str()))
        || error.to_string().contains("no such table")
}
