//! Reads what a `DatabaseSubject` holds: the registry's side of it, and the catalog's.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryResult, Statement,
};

use super::{DatabaseSubject, Relation, RelationKind, Trigger, subject::DOING};
use crate::{
    catalog::Catalog,
    error::{Error, Result},
    introspect::{current_database, is_missing_table},
    migrate::{
        Step,
        change::SchemaChange,
        piece::{Piece, pieces},
    },
    registry::{ListTenants, entity, ready::COPY},
    scope::Dialect,
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
};

/// The catalog's own tables: `information_schema` shows what a role may use, and not all there is.
const RELATIONS: &str = "SELECT n.nspname::text, c.relname::text, c.relkind::text, \
     EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
      AND d.objid = c.oid AND d.deptype = 'e') \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition \
     AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2";

const TRIGGERS: &str = "SELECT n.nspname::text, c.relname::text, t.tgname::text, false \
     FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 \
     UNION ALL SELECT n.nspname::text, c.relname::text, r.rulename::text, true \
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE r.rulename <> '_RETURN' \
     AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2, 3";

const SQLITE_OBJECTS: &str = "SELECT type, name, tbl_name FROM main.sqlite_schema \
     WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     ORDER BY tbl_name, name";

const MYSQL_OBJECTS: &str = "SELECT IF(table_type LIKE '%VIEW', 'view', 'table'), \
     CONVERT(table_schema USING utf8mb4), CONVERT(table_name USING utf8mb4), \
     CONVERT(table_name USING utf8mb4) FROM information_schema.tables \
     WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') \
     UNION ALL SELECT 'trigger', CONVERT(trigger_schema USING utf8mb4), \
     CONVERT(event_object_table USING utf8mb4), CONVERT(trigger_name USING utf8mb4) \
     FROM information_schema.triggers \
     WHERE trigger_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') \
     ORDER BY 2, 3, 4";

/// What is not there is empty: a registry that an older release has made lacks tables.
fn or_empty<T>(read: Result<Vec<T>>) -> Result<Vec<T>> {
    match read {
        Err(Error::Database { source, .. }) if is_missing_table(&source) => Ok(Vec::new()),
        read => read,
    }
}

/// The tables and views that tenants have, or had after some migration.
fn ever_tenant(tenancy: &Tenancy) -> BTreeSet<String> {
    let steps = tenancy.tenant_set().migrations().iter().flat_map(|migration| &migration.up);
    let made = steps.flat_map(|step| match step {
        Step::Schema(SchemaChange::CreateTable(table)) => vec![table.name.clone()],
        Step::Schema(SchemaChange::RenameTable { to, .. }) => vec![to.clone()],
        Step::Raw(raw) => views(&raw.sql, tenancy.dialect()),
        Step::Schema(_) | Step::Data(_) | Step::Adapted(_) => Vec::new(),
    });
    made.collect()
}

/// The views that SQL creates: `CREATE OR REPLACE VIEW IF NOT EXISTS name`.
fn views(sql: &str, dialect: Dialect) -> Vec<String> {
    let pieces = pieces(sql, dialect);
    let mut views = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        if piece.is_word("VIEW") {
            let words = ["IF", "NOT", "EXISTS"];
            let is_name = |piece: &&Piece<'_>| !words.iter().any(|word| piece.is_word(word));
            views.extend(pieces[at + 1..].iter().find(is_name).and_then(Piece::name));
        }
    }
    views
}

async fn query(connection: &DatabaseConnection, sql: &str) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_all_raw(statement).await.map_err(Error::database(DOING))
}

impl Tenancy {
    /// What is known without reading anything.
    pub(crate) fn bare_subject(&self, tenant_tables: Catalog) -> DatabaseSubject<'_> {
        DatabaseSubject {
            databases: self.databases(),
            dialect: self.dialect(),
            tenant_column: self.tenant_column(),
            pools: self.databases().pools(),
            has_direct: self.databases().has_direct,
            lies_together: self.strategy().tenant_ddl() == TenantDdl::Once,
            is_initialised: false,
            tenant_tables,
            ever_tenant: ever_tenant(self),
            writable: self.declared().writable_tables().to_vec(),
            shared_migrations: self.shared_names(),
            shared: BTreeMap::new(),
            tenants: Vec::new(),
            ready: Vec::new(),
            copies: BTreeSet::new(),
            names: BTreeSet::new(),
            relations: Vec::new(),
            triggers: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// Reads the registry and the catalog. `has_registry` says whether there is one to read.
    pub(crate) async fn database_subject(&self, has_registry: bool) -> Result<DatabaseSubject<'_>> {
        let mut subject = self.bare_subject(self.tenant_tables());
        subject.is_initialised = has_registry;
        if has_registry {
            self.read_registry(&mut subject).await?;
        }
        let direct = &self.databases().direct;
        match self.dialect() {
            Dialect::Postgres => read_postgres(&mut subject, direct).await?,
            Dialect::Sqlite => {
                let schema = self.dialect().shared_schema();
                read_file(&mut subject, schema.as_str(), direct).await?;
                self.read_files(&mut subject).await;
            }
            Dialect::MySql => read_databases(&mut subject, direct).await?,
        }
        Ok(subject)
    }

    async fn read_registry(&self, subject: &mut DatabaseSubject<'_>) -> Result<()> {
        let database = self.registry().database();
        let shared = entity::shared_table::Entity::find().all(database).await;
        let shared = or_empty(shared.map_err(Error::database("reading the shared tables")))?;
        subject.shared =
            shared.into_iter().map(|row| (row.name, row.dropped_by.is_none())).collect();
        let ready = entity::ready_place::Entity::find().all(database).await;
        let ready = or_empty(ready.map_err(Error::database("reading the ready places")))?;
        for row in ready {
            if row.digest == COPY {
                subject.copies.insert(row.name);
            } else {
                subject.ready.push(row.name);
            }
        }
        let names = entity::physical_name::Entity::find().all(database).await;
        let names = names.map_err(Error::database("reading the names of places"))?;
        subject.names = names.into_iter().map(|row| row.name).collect();
        let mut page = ListTenants { limit: Some(1_000), ..ListTenants::default() };
        loop {
            let tenants = self.registry().list(&page).await?;
            let Some(last) = tenants.last() else { return Ok(()) };
            page.after = Some(last.slug.clone());
            subject.tenants.extend(tenants);
        }
    }

    /// Reads the files of tenants, where they do not lie in the registry's database.
    async fn read_files(&self, subject: &mut DatabaseSubject<'_>) {
        if self.strategy().shares_registry(self.dialect()) {
            return;
        }
        let tenants: Vec<_> = subject.tenants_with_place().cloned().collect();
        for tenant in tenants {
            let route = self.strategy().route(self.databases(), &tenant, Purpose::Migration).await;
            let read = match route {
                Ok(route) => {
                    let name = tenant.physical_name.as_str();
                    read_file(subject, name, &route.connection).await
                }
                // That it is not there is for the strategy to say.
                Err(Error::WrongPlace { .. }) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = read {
                subject.unreadable.push((tenant.slug.to_string(), error));
            }
        }
    }
}

async fn read_postgres(
    subject: &mut DatabaseSubject<'_>,
    direct: &DatabaseConnection,
) -> Result<()> {
    for row in query(direct, RELATIONS).await? {
        let (schema, name): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
        let kind = match subject.cell::<String>(&row, 2)?.as_str() {
            "v" => RelationKind::View,
            "m" => RelationKind::MaterializedView,
            "f" => RelationKind::ForeignTable,
            _ => RelationKind::Table,
        };
        let owner = subject.owner(&schema, &name, subject.cell(&row, 3)?);
        subject.relations.push(Relation { schema, name, kind, owner });
    }
    for row in query(direct, TRIGGERS).await? {
        subject.triggers.push(Trigger {
            schema: subject.cell(&row, 0)?,
            table: subject.cell(&row, 1)?,
            name: subject.cell(&row, 2)?,
            is_rule: subject.cell(&row, 3)?,
        });
    }
    Ok(())
}

/// The registry's database, and of the server's others those by names that were given to places: the
/// rest is other applications'.
async fn read_databases(
    subject: &mut DatabaseSubject<'_>,
    direct: &DatabaseConnection,
) -> Result<()> {
    let own = subject.dialect().shared_schema();
    let central = current_database(direct).await?;
    for row in query(direct, MYSQL_OBJECTS).await? {
        let (kind, schema): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
        let schema = if schema == central {
            own.to_string()
        } else if subject.is_physical_name(&schema) {
            schema
        } else {
            continue;
        };
        let (table, name): (String, String) = (subject.cell(&row, 2)?, subject.cell(&row, 3)?);
        if kind == "trigger" {
            subject.triggers.push(Trigger { schema, table, name, is_rule: false });
            continue;
        }
        let kind = if kind == "view" { RelationKind::View } else { RelationKind::Table };
        let owner = subject.owner(&schema, &name, false);
        subject.relations.push(Relation { schema, name, kind, owner });
    }
    Ok(())
}

async fn read_file(
    subject: &mut DatabaseSubject<'_>,
    schema: &str,
    connection: &DatabaseConnection,
) -> Result<()> {
    debug_assert_eq!(connection.get_database_backend(), DbBackend::Sqlite);
    for row in query(connection, SQLITE_OBJECTS).await? {
        let (kind, name): (String, String) = (subject.cell(&row, 0)?, subject.cell(&row, 1)?);
        let schema = schema.to_owned();
        if kind == "trigger" {
            let table = subject.cell(&row, 2)?;
            subject.triggers.push(Trigger { schema, table, name, is_rule: false });
            continue;
        }
        let kind = if kind == "view" { RelationKind::View } else { RelationKind::Table };
        let owner = subject.owner(&schema, &name, false);
        subject.relations.push(Relation { schema, name, kind, owner });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_raw_steps_are_known() {
        let sql = "CREATE OR REPLACE VIEW \"open\" AS SELECT 1; \
                   CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT 2";
        assert_eq!(views(sql, Dialect::Postgres), ["open", "totals"]);
        assert_eq!(views("CREATE FUNCTION review() ...", Dialect::Postgres), [] as [&str; 0]);
    }
}
