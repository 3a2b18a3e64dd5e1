//! A database role for each tenant, as a second wall on PostgreSQL: the application's own role has no
//! right to any tenant's schema, and takes on the tenant's role for a transaction.
//!
//! A statement that reached another tenant's schema all the same is refused by the server.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use tenancy_core::{Databases, Error, PhysicalName, Result, Tenant, roles::tenants_role};

const MEND: &str = "`tenancy db roles --apply` gives the roles their rights";
const MIGRATE: &str = "`tenancy migrate up` makes what is missing";

/// The places of tenants and those that wait for one, without a role of their own.
const WITHOUT: &str = "\
SELECT p.name::text FROM (SELECT physical_name AS name, status FROM public.tenants_tenant
  UNION ALL SELECT name, 'active' FROM public.tenants_ready_place) p
JOIN pg_catalog.pg_namespace n ON n.nspname = p.name
LEFT JOIN pg_catalog.pg_roles r ON r.rolname = p.name
WHERE r.oid IS NULL ORDER BY 1";

/// Whether each tenant has a role of its own, and who takes it on.
#[derive(Debug, Clone)]
pub(crate) struct TenantRoles {
    /// The role of `database.url`, where each tenant is to have one.
    application: Option<String>,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn doing(doing: &'static str) -> impl Fn(sea_orm::DbErr) -> Error {
    move |source| Error::Database { doing, source }
}

impl TenantRoles {
    /// Roles that this one of the application takes on; none without one.
    pub(crate) fn new(application: Option<String>) -> Self {
        Self { application }
    }

    pub(crate) fn are_enforced(&self) -> bool {
        self.application.is_some()
    }

    /// What makes the role of a tenant whose schema has just been made, by its owner.
    pub(crate) fn statements(&self, place: &PhysicalName) -> Vec<String> {
        const WRITE: &str = "SELECT, INSERT, UPDATE, DELETE";
        let Some(application) = &self.application else { return Vec::new() };
        let role = place.quoted();
        let defaults = format!("ALTER DEFAULT PRIVILEGES IN SCHEMA {role} GRANT");
        vec![
            format!("CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"),
            format!("GRANT {} TO {role}", quoted(&tenants_role(application))),
            format!("GRANT {role} TO {}", quoted(application)),
            format!("GRANT USAGE ON SCHEMA {role} TO {role}"),
            format!("GRANT {WRITE} ON ALL TABLES IN SCHEMA {role} TO {role}"),
            format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {role} TO {role}"),
            format!("{defaults} {WRITE} ON TABLES TO {role}"),
            format!("{defaults} USAGE ON SEQUENCES TO {role}"),
        ]
    }

    /// Refuses roles with which the wall would not stand.
    pub(crate) async fn check(&self, databases: &Databases) -> Result<()> {
        const READING: &str = "reading what the database roles may do";
        if !self.are_enforced() {
            return Ok(());
        }
        let backend = databases.data.get_database_backend();
        if backend != DbBackend::Postgres {
            let reason = format!("{backend:?} has no roles");
            return Err(unsecured(reason, "set `schema-per-tenant.tenant_roles = \"off\"`"));
        }
        let sql = "SELECT rolname::text, rolsuper, rolinherit, rolcreaterole \
                   FROM pg_catalog.pg_roles WHERE rolname = current_user";
        let select = || Statement::from_string(backend, sql);
        let data = databases.data.query_one_raw(select()).await.map_err(doing(READING))?;
        let direct = databases.direct.query_one_raw(select()).await.map_err(doing(READING))?;
        let (Some(data), Some(direct)) = (data, direct) else { return Ok(()) };
        let text =
            |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(0).map_err(doing(READING));
        let is = |row: &sea_orm::QueryResult, at: usize| {
            row.try_get_by_index::<bool>(at).map_err(doing(READING))
        };
        let (application, owner) = (text(&data)?, text(&direct)?);
        let reason = if is(&data, 1)? {
            format!("the role `{application}` of `database.url` is a superuser")
        } else if application == owner {
            format!("the role `{application}` of `database.url` owns the tenants' schemas")
        } else if is(&data, 2)? {
            format!("the role `{application}` of `database.url` inherits the rights of all tenants")
        } else if !is(&direct, 1)? && !is(&direct, 3)? {
            format!("the role `{owner}` of `database.direct_url` may not create roles")
        } else {
            return Ok(());
        };
        Err(unsecured(reason, MEND))
    }

    /// Whether every place has its role.
    pub(crate) async fn check_complete(&self, databases: &Databases) -> Result<()> {
        if !self.are_enforced() {
            return Ok(());
        }
        match without(&databases.direct).await?.first() {
            None => Ok(()),
            Some(place) => {
                let reason = format!("the place `{place}` has no role of its own");
                Err(unsecured(reason, MIGRATE))
            }
        }
    }

    /// Makes the roles that are missing, as of tenants from before there were any.
    pub(crate) async fn complete(&self, transaction: &DatabaseTransaction) -> Result<()> {
        if !self.are_enforced() {
            return Ok(());
        }
        for place in without(transaction).await? {
            for statement in self.statements(&place) {
                let made = transaction.execute_unprepared(&statement).await;
                made.map_err(doing("giving a tenant its role"))?;
            }
        }
        Ok(())
    }

    /// Drops the role of a tenant whose schema is gone, where it has one.
    pub(crate) async fn drop_of(databases: &Databases, tenant: &Tenant) -> Result<()> {
        const DROPPING: &str = "dropping the tenant's role";
        let name = tenant.physical_name.as_str().into();
        let sql = "SELECT FROM pg_catalog.pg_roles WHERE rolname = $1 AND NOT rolcanlogin";
        let find = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name]);
        if databases.direct.query_one_raw(find).await.map_err(doing(DROPPING))?.is_none() {
            return Ok(());
        }
        let drop = format!("DROP ROLE IF EXISTS {}", tenant.physical_name.quoted());
        let dropped = databases.direct.execute_unprepared(&drop).await;
        dropped.map(|_| ()).map_err(doing(DROPPING))
    }
}

fn unsecured(reason: String, mend: &'static str) -> Error {
    Error::Unsecured { reason, mend }
}

async fn without<C: ConnectionTrait>(connection: &C) -> Result<Vec<PhysicalName>> {
    const READING: &str = "reading the roles of tenants";
    let select = Statement::from_string(DbBackend::Postgres, WITHOUT);
    let rows = connection.query_all_raw(select).await.map_err(doing(READING))?;
    let mut places = Vec::new();
    for row in rows {
        let name: String = row.try_get_by_index(0).map_err(doing(READING))?;
        places.push(PhysicalName::parse(&name)?);
    }
    Ok(places)
}
