//! Which seeds a tenant has had: the table `tenants_seed`. It lies where the transaction of a seed
//! reaches it, beside the registry or in the tenant's own place, so that the rows of a seed and its
//! record are always there together.

use chrono::Utc;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, IntoTableRef, Query, TableRef},
};

use crate::{
    error::{Error, Result},
    introspect,
    migrate::ledger::BEGIN_AGAIN,
    registry::schema,
    scope::Dialect,
    tenant::Tenant,
};

/// What no name of a seed begins with.
pub(super) const RESERVED: char = '@';

/// What stands in the record when the hooks have been told of a new tenant.
pub(crate) const PROVISIONED: &str = "@provisioned";

#[derive(Debug, Clone, Copy)]
pub(super) struct Records<'a> {
    pub(super) dialect: Dialect,
    pub(super) tenant: &'a Tenant,
    /// Whether the table lies in the tenant's place.
    pub(super) beside_tables: bool,
}

impl Records<'_> {
    /// The table by its schema: the connection may stand in the tenant's, and a tenant's file sees
    /// the registry's table of that name too.
    fn table(&self) -> TableRef {
        let table = Alias::new(schema::SEED);
        match self.dialect {
            Dialect::Postgres | Dialect::Sqlite => {
                (Alias::new(self.dialect.shared_schema().as_str()), table).into_table_ref()
            }
            // The connection stands in the database where the record lies.
            Dialect::MySql => table.into_table_ref(),
        }
    }

    /// Makes the table where it lies in the tenant's place; the registry's is there.
    pub(super) async fn install<C: ConnectionTrait>(&self, connection: &C) -> Result<()> {
        if !self.beside_tables {
            return Ok(());
        }
        let is_mysql = self.dialect == Dialect::MySql;
        if is_mysql && introspect::has_table(connection, schema::SEED).await? {
            // Even a table that is there would end the transaction.
            return Ok(());
        }
        let created = schema::install_seed(connection).await;
        created.map_err(Error::database("creating the record of seeds"))?;
        if is_mysql {
            let begun = connection.execute_unprepared(BEGIN_AGAIN).await;
            begun.map_err(Error::database("creating the record of seeds"))?;
        }
        Ok(())
    }

    pub(super) async fn read<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<String>> {
        let select = Query::select()
            .column(Alias::new("name"))
            .from(self.table())
            .and_where(Expr::col(Alias::new("tenant_id")).eq(self.tenant.id.as_uuid()))
            .take();
        let doing = Error::database("reading the record of seeds");
        let rows = connection.query_all(&select).await.map_err(&doing)?;
        rows.iter().map(|row| row.try_get_by_index(0).map_err(&doing)).collect()
    }

    pub(super) async fn write<C: ConnectionTrait>(&self, connection: &C, name: &str) -> Result<()> {
        let columns = ["tenant_id", "name", "ran_at"].map(Alias::new);
        let insert = Query::insert()
            .into_table(self.table())
            .columns(columns)
            .values([self.tenant.id.as_uuid().into(), name.into(), Utc::now().into()])
            .map_err(|error| Error::Database {
                doing: "writing the record of seeds",
                source: sea_orm::DbErr::Custom(error.to_string()),
            })?
            .take();
        let written = connection.execute(&insert).await;
        written.map(drop).map_err(Error::database("writing the record of seeds"))
    }
}
