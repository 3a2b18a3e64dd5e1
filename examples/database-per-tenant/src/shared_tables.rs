//! The tables that all tenants share, as foreign tables in each tenant's database
//! (<https://www.postgresql.org/docs/current/postgres-fdw.html>).

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use tenancy_core::{Databases, Purpose, Result};

use crate::{
    pools::options,
    sql::{self, doing, literal, quoted},
};

/// The schema in which a tenant's database has them.
pub(crate) const SCHEMA: &str = "shared_tables";

/// The columns and types of tables, as one value that is another one when any of them is.
const DIGEST: &str = "\
    SELECT md5(coalesce(string_agg(concat_ws(' ', c.relname, a.attname, \
     pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull), ',' \
     ORDER BY c.relname, a.attnum), '')) \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1) \
    AND a.attnum > 0 AND NOT a.attisdropped";

/// Who reads them.
#[derive(Debug)]
pub(crate) struct SharedTables {
    pub(crate) role: Option<String>,
    pub(crate) password: Option<String>,
}

impl SharedTables {
    /// The names of tenants' databases that have other shared tables than the registry.
    pub(crate) async fn outdated(&self, databases: &Databases) -> Result<Vec<String>> {
        let now = digest(databases, &databases.shared_tables().await?).await?;
        let places = sql::places(databases).await?.into_iter();
        let outdated = places.filter(|(name, has)| !sql::is_unfinished(name) && *has != now);
        Ok(outdated.map(|(name, _)| name).collect())
    }

    /// Makes the shared tables visible in a tenant's database as they are now, at once.
    pub(crate) async fn bring_in(
        &self,
        databases: &Databases,
        connection: &DatabaseConnection,
        name: &str,
    ) -> Result<()> {
        let tables = databases.shared_tables().await?;
        let now = digest(databases, &tables).await?;
        let bringing = "bringing shared tables into the tenant's database";
        let transaction = connection.begin().await.map_err(doing(bringing))?;
        for statement in self.statements(databases, &tables).await? {
            let done = transaction.execute_unprepared(&statement).await;
            done.map_err(doing(bringing))?;
        }
        transaction.commit().await.map_err(doing(bringing))?;
        sql::mark(databases, name, &now).await
    }

    async fn statements(&self, databases: &Databases, tables: &[String]) -> Result<Vec<String>> {
        let direct = options(databases, Purpose::Migration)?;
        let application = options(databases, Purpose::Data)?;
        let host = match direct.get_socket() {
            Some(folder) => folder.to_string_lossy().into_owned(),
            None => direct.get_host().to_owned(),
        };
        let role = self.role.as_deref().unwrap_or_else(|| application.get_username());
        let mut mapping = format!("user {}", literal(role));
        if let Some(password) = &self.password {
            mapping.push_str(&format!(", password {}", literal(password)));
        }
        let mut statements = vec![
            "CREATE EXTENSION IF NOT EXISTS postgres_fdw".to_owned(),
            "DROP SERVER IF EXISTS registry CASCADE".to_owned(),
            format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"),
            format!("CREATE SCHEMA {SCHEMA}"),
            format!(
                "CREATE SERVER registry FOREIGN DATA WRAPPER postgres_fdw \
                 OPTIONS (host {}, port {}, dbname {}, updatable 'false')",
                literal(&host),
                literal(&direct.get_port().to_string()),
                literal(&sql::registry(databases).await?),
            ),
            format!("CREATE USER MAPPING FOR PUBLIC SERVER registry OPTIONS ({mapping})"),
        ];
        if !tables.is_empty() {
            let tables: Vec<String> = tables.iter().map(|table| quoted(table)).collect();
            statements.push(format!(
                "IMPORT FOREIGN SCHEMA public LIMIT TO ({}) FROM SERVER registry INTO {SCHEMA}",
                tables.join(", ")
            ));
        }
        let user = quoted(application.get_username());
        statements.push(format!("GRANT USAGE ON SCHEMA {SCHEMA} TO {user}"));
        statements.push(format!("GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {user}"));
        Ok(statements)
    }
}

async fn digest(databases: &Databases, tables: &[String]) -> Result<String> {
    let comparing = "comparing shared tables";
    let digest =
        Statement::from_sql_and_values(DbBackend::Postgres, DIGEST, [tables.to_vec().into()]);
    let row = databases.direct.query_one_raw(digest).await.map_err(doing(comparing))?;
    let digest: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(doing(comparing))?;
    Ok(digest.unwrap_or_default())
}
