//! Database roles with no more rights than they need, on PostgreSQL: [`Roles`].
//!
//! The owner (`database.direct_url`) makes and changes tables. The application (`database.url`) reads
//! and writes the rows of tenants, reads shared tables, and nothing else. The central role
//! (`database.central_url`), where there is one, works with the registry and across tenants; without
//! one the application's role does that too.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};

use crate::{
    catalog::Catalog,
    config::{Config, DatabaseUrl},
    databases::{PoolOptions, open_pool},
    error::{Error, Result},
    introspect,
    migrate::render::quoted,
    registry::schema,
    scope::Dialect,
    strategy::{SettingValue, TenancyStrategy, TenantDdl},
};

const DOING: &str = "reading what roles and tables there are";

/// What an application's role may not do for longer than this.
const SETTINGS: [(&str, &str); 3] = [
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "60s"),
    ("lock_timeout", "10s"),
];

/// The roles that a configuration names, and what is missing for them in the database.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use tenancy_core::{TenancyStrategy, config::Config, roles::Roles};
/// # async fn example(config: Config, strategy: Arc<dyn TenancyStrategy>) -> tenancy_core::Result<()> {
/// let roles = Roles::read(&config, strategy.as_ref()).await?;
/// for statement in roles.statements() {
///     println!("{statement};");
/// }
/// roles.apply().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Roles {
    direct: DatabaseConnection,
    statements: Vec<String>,
}

/// Who the roles are, and where they look for names beside the shared schema.
struct Names {
    extension_schemas: Vec<String>,
    owner: String,
    application: String,
    central: Option<String>,
    database: String,
}

/// Where the rows of tenants lie, and who works with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Together,
    PlacePerTenant,
    RolePerTenant,
}

/// What is there.
#[derive(Default)]
struct Found {
    roles: BTreeSet<String>,
    /// Shared tables that tenants may not write.
    shared: Vec<String>,
    /// Those that they may.
    writable: Vec<String>,
    /// Those of [`schema::TABLES`] that are there.
    framework: Vec<String>,
    places: Vec<String>,
}

impl Roles {
    /// Reads what there is, as the owner, and says what is missing. Nothing is changed.
    ///
    /// # Errors
    /// [`Error::NoRoles`] on another database than PostgreSQL,
    /// [`Error::NotSeparated`] for a configuration whose application is the owner, and
    /// [`Error::Database`] when the database cannot be read.
    pub async fn read(config: &Config, strategy: &dyn TenancyStrategy) -> Result<Self> {
        let database = config.database();
        if database.url().value.backend() != DbBackend::Postgres {
            let backend = format!("{:?}", database.url().value.backend());
            return Err(Error::NoRoles { backend });
        }
        let options =
            PoolOptions { max_connections: 1, acquire_timeout: database.acquire_timeout() };
        let names = names(config)?;
        let direct = open_pool(database.direct_url().value.expose(), options).await?;
        let found = Found::read(&direct, strategy, &config.scope().writable_tables().value).await?;
        let setting = strategy.tenant_setting(Dialect::Postgres).map(|setting| setting.value);
        let kind = match (strategy.tenant_ddl(), setting) {
            (_, Some(SettingValue::PhysicalName)) => Kind::RolePerTenant,
            (TenantDdl::PerTenant, _) => Kind::PlacePerTenant,
            (TenantDdl::Once, _) => Kind::Together,
        };
        let statements = statements(&names, &found, kind);
        Ok(Self { direct, statements })
    }

    /// What to run as the owner, in order, each statement without its semicolon. Running all of them
    /// again changes nothing. Passwords are not among them: set them with `\password` of psql.
    #[must_use]
    pub fn statements(&self) -> &[String] {
        &self.statements
    }

    /// Runs the statements in one transaction.
    ///
    /// # Errors
    /// [`Error::Database`] when the owner may not do it; nothing is changed then.
    pub async fn apply(&self) -> Result<()> {
        let doing = Error::database("giving roles their rights");
        let transaction = self.direct.begin().await.map_err(&doing)?;
        for statement in &self.statements {
            transaction.execute_unprepared(statement).await.map_err(&doing)?;
        }
        transaction.commit().await.map_err(&doing)
    }
}

/// The role whose members may read what every tenant may: the roles of tenants, where each has one
/// that the application's role takes on.
#[must_use]
pub fn tenants_role(application: &str) -> String {
    // PostgreSQL cuts names at 63 bytes.
    let stem: String = application.chars().take(40).collect();
    format!("{stem}_tenants")
}

/// The role that an address of PostgreSQL names.
///
/// # Errors
/// [`Error::Database`] for an address that cannot be read.
#[cfg(feature = "postgres")]
pub fn role_of(url: &DatabaseUrl) -> Result<String> {
    Ok(parsed(url.expose())?.get_username().to_owned())
}

/// The role that an address of PostgreSQL names.
///
/// # Errors
/// Always [`Error::UnsupportedDatabase`]: the feature `postgres` is off.
#[cfg(not(feature = "postgres"))]
pub fn role_of(_url: &DatabaseUrl) -> Result<String> {
    Err(Error::UnsupportedDatabase { backend: "PostgreSQL".to_owned() })
}

#[cfg(feature = "postgres")]
fn parsed(url: &str) -> Result<sea_orm::sqlx::postgres::PgConnectOptions> {
    use std::str::FromStr as _;

    sea_orm::sqlx::postgres::PgConnectOptions::from_str(url).map_err(|error| {
        let source = sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
        Error::Database { doing: "reading an address", source }
    })
}

/// The roles that the addresses name.
#[cfg(feature = "postgres")]
fn names(config: &Config) -> Result<Names> {
    let database = config.database();
    let data = parsed(database.url().value.expose())?;
    let direct = parsed(database.direct_url().value.expose())?;
    let central = parsed(database.central_url().value.expose())?;
    let (owner, application) = (direct.get_username().to_owned(), data.get_username().to_owned());
    if owner == application {
        return Err(Error::NotSeparated { role: owner });
    }
    let central = Some(central.get_username().to_owned())
        .filter(|central| *central != owner && *central != application);
    let name = direct.get_database().unwrap_or(&owner).to_owned();
    let extension_schemas = database.extension_schemas().value.clone();
    Ok(Names { owner, application, central, database: name, extension_schemas })
}

/// The roles that the addresses name.
#[cfg(not(feature = "postgres"))]
fn names(_config: &Config) -> Result<Names> {
    Err(Error::UnsupportedDatabase { backend: "PostgreSQL".to_owned() })
}

impl Found {
    async fn read(
        direct: &DatabaseConnection,
        strategy: &dyn TenancyStrategy,
        writable: &[String],
    ) -> Result<Self> {
        let roles = names_of(direct, "SELECT rolname::text FROM pg_catalog.pg_roles").await?;
        let mut found = Self { roles: roles.into_iter().collect(), ..Self::default() };
        let tables = introspect::tables(direct).await?;
        let is_framework = |table: &String| schema::TABLES.contains(&table.as_str());
        found.framework = tables.iter().filter(|table| is_framework(table)).cloned().collect();
        if found.framework.iter().any(|table| table == "tenants_shared_table") {
            let catalog = introspect::shared_catalog(direct, &Catalog::default()).await?;
            let shared = introspect::ever_shared(direct).await?;
            let is_read_only =
                |table: &String| catalog.table(table).is_some() && !writable.contains(table);
            found.shared = shared.into_iter().filter(is_read_only).collect();
            let is_there = |table: &&String| catalog.table(table).is_some();
            found.writable = writable.iter().filter(is_there).cloned().collect();
            if strategy.tenant_ddl() == TenantDdl::PerTenant {
                let sql = "SELECT n.nspname::text FROM pg_catalog.pg_namespace n \
                           JOIN public.tenants_physical_name p ON p.name = n.nspname ORDER BY 1";
                found.places = names_of(direct, sql).await?;
            }
        }
        Ok(found)
    }
}

async fn names_of(direct: &DatabaseConnection, sql: &str) -> Result<Vec<String>> {
    let select = Statement::from_string(DbBackend::Postgres, sql);
    let rows = direct.query_all_raw(select).await.map_err(Error::database(DOING))?;
    rows.iter().map(|row| row.try_get_by_index(0).map_err(Error::database(DOING))).collect()
}

impl Names {
    /// Where each role looks for names in this database. The application's looks where no table is,
    /// unless it works with the registry.
    fn search_paths(&self) -> Vec<String> {
        let extensions = || self.extension_schemas.iter().map(String::as_str);
        let shared = || std::iter::once("public").chain(extensions());
        let mut paths = Vec::new();
        let mut set = |role: &str, path: Vec<&str>| {
            let path: Vec<String> = path.into_iter().map(quoted).collect();
            let path = if path.is_empty() { "''".to_owned() } else { path.join(", ") };
            let (role, database) = (quoted(role), quoted(&self.database));
            paths
                .push(format!("ALTER ROLE {role} IN DATABASE {database} SET search_path = {path}"));
        };
        match &self.central {
            Some(central) => {
                set(&self.application, extensions().collect());
                set(central, shared().collect());
            }
            None => set(&self.application, shared().collect()),
        }
        if !self.extension_schemas.is_empty() {
            set(&self.owner, shared().collect());
            let roles = std::iter::once(&self.application).chain(&self.central);
            for role in roles {
                paths.extend(extensions().map(|schema| {
                    format!("GRANT USAGE ON SCHEMA {} TO {}", quoted(schema), quoted(role))
                }));
            }
        }
        paths
    }
}

const WRITE: &str = "SELECT, INSERT, UPDATE, DELETE";

fn statements(names: &Names, found: &Found, kind: Kind) -> Vec<String> {
    let mut statements = Vec::new();
    let application = quoted(&names.application);
    let central = names.central.as_deref().map(quoted);
    for role in std::iter::once(&names.application).chain(&names.central) {
        if !found.roles.contains(role) {
            let role = quoted(role);
            statements.push(format!(
                "CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
            ));
        }
    }
    for (setting, value) in SETTINGS {
        statements.push(format!("ALTER ROLE {application} SET {setting} = '{value}'"));
    }
    statements.extend(names.search_paths());
    let database = quoted(&names.database);
    statements.push("REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned());
    for role in std::iter::once(&application).chain(&central) {
        statements.push(format!("GRANT CONNECT ON DATABASE {database} TO {role}"));
        statements.push(format!("GRANT USAGE ON SCHEMA public TO {role}"));
        statements.push(format!("GRANT {WRITE} ON ALL TABLES IN SCHEMA public TO {role}"));
        statements.push(format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"));
        // The rows of tenants are the tenants' own roles', except to the central role.
        let reaches_places = kind != Kind::RolePerTenant || central.as_ref() == Some(role);
        let everywhere = kind != Kind::Together && reaches_places;
        statements.extend(defaults(&names.owner, role, everywhere));
        for place in found.places.iter().filter(|_| reaches_places) {
            let place = quoted(place);
            statements.push(format!("GRANT USAGE ON SCHEMA {place} TO {role}"));
            statements.push(format!("GRANT {WRITE} ON ALL TABLES IN SCHEMA {place} TO {role}"));
            statements.push(format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {place} TO {role}"));
        }
    }
    if kind == Kind::RolePerTenant {
        statements.extend(for_tenant_roles(names, found));
    }
    if central.is_some() {
        // The registry is the central role's, and so is writing into shared tables.
        let revoke = |table: &String, rights: &str| {
            format!("REVOKE {rights} ON public.{} FROM {application}", quoted(table))
        };
        statements.extend(found.framework.iter().map(|table| revoke(table, "ALL")));
        statements.extend(found.shared.iter().map(|table| revoke(table, "INSERT, UPDATE, DELETE")));
    }
    statements
}

/// What lets the application take on the roles of tenants, and nothing of them by itself, and lets
/// those read what every tenant may.
fn for_tenant_roles(names: &Names, found: &Found) -> Vec<String> {
    let application = quoted(&names.application);
    let group = tenants_role(&names.application);
    let mut statements = Vec::new();
    if !found.roles.contains(&group) {
        statements.push(format!("CREATE ROLE {} NOLOGIN", quoted(&group)));
    }
    let group = quoted(&group);
    statements.push(format!("ALTER ROLE {application} NOINHERIT"));
    statements.push(format!("GRANT USAGE ON SCHEMA public TO {group}"));
    for schema in &names.extension_schemas {
        statements.push(format!("GRANT USAGE ON SCHEMA {} TO {group}", quoted(schema)));
    }
    let alter = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}", quoted(&names.owner));
    statements.push(format!("{alter} IN SCHEMA public GRANT SELECT ON TABLES TO {group}"));
    for table in &found.shared {
        statements.push(format!("GRANT SELECT ON public.{} TO {group}", quoted(table)));
    }
    for table in &found.framework {
        statements.push(format!("REVOKE ALL ON public.{} FROM {group}", quoted(table)));
    }
    for table in &found.writable {
        statements.push(format!("GRANT {WRITE} ON public.{} TO {group}", quoted(table)));
    }
    for what in ["TABLES", "SEQUENCES", "SCHEMAS"] {
        statements.push(format!("{alter} REVOKE ALL ON {what} FROM {application}"));
    }
    for place in found.places.iter().map(|place| quoted(place)) {
        statements.push(format!("REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM {application}"));
        statements.push(format!("REVOKE ALL ON SCHEMA {place} FROM {application}"));
    }
    statements
}

/// What later tables of the owner let a role do.
fn defaults(owner: &str, role: &str, per_tenant: bool) -> Vec<String> {
    let within = if per_tenant { "" } else { " IN SCHEMA public" };
    let alter = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}", quoted(owner));
    let mut statements = vec![
        format!("{alter}{within} GRANT {WRITE} ON TABLES TO {role}"),
        format!("{alter}{within} GRANT USAGE ON SEQUENCES TO {role}"),
    ];
    if per_tenant {
        statements.push(format!("{alter} GRANT USAGE ON SCHEMAS TO {role}"));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_roles_that_are_there_are_not_made() {
        let names = Names {
            owner: "own\"er".to_owned(),
            application: "app".to_owned(),
            central: Some("central".to_owned()),
            database: "notes".to_owned(),
            extension_schemas: vec!["ext".to_owned()],
        };
        let found = Found {
            roles: BTreeSet::from(["app".to_owned()]),
            shared: vec!["currency".to_owned()],
            framework: vec!["tenants_tenant".to_owned()],
            writable: Vec::new(),
            places: vec!["t_acme".to_owned()],
        };
        let statements = statements(&names, &found, Kind::PlacePerTenant);
        let has = |statement: &str| statements.iter().any(|found| found == statement);
        assert!(!statements.iter().any(|statement| statement.starts_with("CREATE ROLE \"app\"")));
        assert!(
            statements.iter().any(|statement| statement.starts_with("CREATE ROLE \"central\""))
        );
        assert!(has("GRANT USAGE ON SCHEMA \"t_acme\" TO \"app\""));
        assert!(has("ALTER ROLE \"app\" IN DATABASE \"notes\" SET search_path = \"ext\""));
        assert!(has(
            "ALTER ROLE \"central\" IN DATABASE \"notes\" SET search_path = \"public\", \"ext\""
        ));
        assert!(has("REVOKE ALL ON public.\"tenants_tenant\" FROM \"app\""));
        assert!(has("REVOKE INSERT, UPDATE, DELETE ON public.\"currency\" FROM \"app\""));
        assert!(has(
            "ALTER DEFAULT PRIVILEGES FOR ROLE \"own\"\"er\" GRANT USAGE ON SCHEMAS TO \"app\""
        ));
    }
}
