//! `SchemaPerTenant` as a strategy.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend};
use tenancy_core::{
    Catalog, Databases, Dialect, Error, Identifier, PhysicalName, Purpose, Result, Route,
    SettingValue, Site, Table, TableKind, TableRule, TenancyStrategy, Tenant, TenantDdl,
    TenantSetting, Unsecured,
    check::database::DatabaseCheck,
    config::{Config, OptionKey, OptionKind, StrategyKeys},
    migrate::change::SchemaChange,
    roles::role_of,
};

use crate::{
    check::{self, place},
    database,
    files::{Files, SHARED, trash},
    layout, sql,
    tenant_roles::TenantRoles,
};

/// Keeps each tenant in a PostgreSQL schema, a database of MariaDB or MySQL, or a SQLite file of its own.
#[derive(Debug)]
pub struct SchemaPerTenant {
    files: Files,
    roles: TenantRoles,
    /// The database of the registry, on MariaDB and MySQL, where its name is a plain one.
    central: Option<Identifier>,
}

impl SchemaPerTenant {
    /// What the strategy can be told in configuration, in the section `[schema-per-tenant]`.
    pub const KEYS: StrategyKeys = StrategyKeys {
        name: "schema-per-tenant",
        keys: &[
            OptionKey {
                name: "directory",
                kind: OptionKind::Path,
                default: Some("tenants"),
                doc: "The folder that holds the tenants' files on SQLite.",
            },
            OptionKey {
                name: "open_files",
                kind: OptionKind::Integer { min: 1, max: 10_000 },
                default: Some("100"),
                doc: "How many tenants' files are kept open on SQLite when nobody uses them.",
            },
            OptionKey {
                name: "tenant_roles",
                kind: OptionKind::Choice(&["off", "enforce"]),
                default: Some("off"),
                doc: "Whether each tenant has a database role of its own on PostgreSQL, with rights on \
                      its schema only, which statements take on.",
            },
        ],
        checks: check::CHECKS,
    };

    /// Makes the strategy as the configuration says.
    ///
    /// # Errors
    /// [`Error::Database`](tenancy_core::Error::Database) for a `database.url` that names no role,
    /// where `tenant_roles` asks for one.
    pub fn from_config(config: &Config) -> Result<Self> {
        let options = config.options();
        let directory = options.text("directory").map_or("tenants", |directory| directory.value);
        let open_files = options.integer("open_files").map_or(100, |files| files.value);
        let wants_roles =
            options.text("tenant_roles").is_some_and(|roles| roles.value == "enforce");
        let url = &config.database().url().value;
        let application = match wants_roles && url.backend() == DbBackend::Postgres {
            true => Some(role_of(url)?),
            // Another database refuses them when it is started.
            false => wants_roles.then(String::new),
        };
        let files = Files::new(PathBuf::from(directory), open_files);
        let central = url.database_name().filter(|_| url.backend() == DbBackend::MySql);
        let central = central.and_then(|name| Identifier::parse(name).ok());
        Ok(Self { files, roles: TenantRoles::new(application), central })
    }
}

fn dialect_of(databases: &Databases) -> Result<Dialect> {
    Dialect::try_from(databases.data.get_database_backend())
}

#[async_trait]
impl TenancyStrategy for SchemaPerTenant {
    fn name(&self) -> &'static str {
        Self::KEYS.name
    }

    fn tenant_ddl(&self) -> TenantDdl {
        TenantDdl::PerTenant
    }

    fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
        match (table.kind, dialect) {
            (TableKind::Tenant, Dialect::Postgres | Dialect::MySql) => TableRule::TenantSchema,
            // Isolation: the connection is the tenant's file, so its main schema is the tenant's.
            (TableKind::Tenant, Dialect::Sqlite) => TableRule::Schema(dialect.shared_schema()),
            (
                TableKind::Shared { .. } | TableKind::Registry,
                Dialect::Postgres | Dialect::MySql,
            ) => TableRule::Schema(dialect.shared_schema()),
            (TableKind::Shared { .. } | TableKind::Registry, Dialect::Sqlite) => {
                TableRule::Schema(shared_schema_of_files())
            }
        }
    }

    fn lay_out(
        &self,
        change: &SchemaChange,
        tables: &Catalog,
        dialect: Dialect,
    ) -> Result<Vec<SchemaChange>> {
        Ok(vec![layout::change(change.clone(), tables, dialect, self.central.as_ref())?])
    }

    async fn route(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        purpose: Purpose,
    ) -> Result<Route> {
        match dialect_of(databases)? {
            Dialect::Sqlite => {
                let file = self.files.open(databases, tenant).await?;
                Ok(Route::new(file.connection().clone()).keeping(file))
            }
            Dialect::MySql => {
                let connection = match purpose {
                    Purpose::Data => databases.data.clone(),
                    Purpose::Migration => database::enter(databases, tenant).await?,
                };
                Ok(Route::new(connection).with_schema(tenant.physical_name.clone()))
            }
            Dialect::Postgres => {
                let route = match purpose {
                    Purpose::Data => Route::new(databases.data.clone()).with_affinity(databases),
                    Purpose::Migration => Route::new(databases.direct.clone()),
                };
                Ok(route.with_schema(tenant.physical_name.clone()))
            }
        }
    }

    fn shares_registry(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Postgres => true,
            // A transaction of MariaDB and MySQL reaches every database of the server, but ends with the
            // first change of a table.
            Dialect::Sqlite | Dialect::MySql => false,
        }
    }

    fn place_statements(&self, tenant: &Tenant, dialect: Dialect) -> Vec<String> {
        match dialect {
            Dialect::Postgres => {
                let mut statements = vec![sql::create_schema(&tenant.physical_name)];
                statements.extend(self.roles.statements(&tenant.physical_name));
                statements
            }
            Dialect::Sqlite | Dialect::MySql => Vec::new(),
        }
    }

    fn tenant_setting(&self, dialect: Dialect) -> Option<TenantSetting> {
        match dialect {
            Dialect::Postgres => self.roles.are_enforced().then_some(TenantSetting {
                // What `SET ROLE` sets (https://www.postgresql.org/docs/current/sql-set-role.html).
                name: "role",
                value: SettingValue::PhysicalName,
                binds_owner: false,
            }),
            Dialect::Sqlite | Dialect::MySql => None,
        }
    }

    async fn check_roles(&self, databases: &Databases) -> Result<()> {
        self.roles.check(databases).await
    }

    async fn check_secured(&self, databases: &Databases, _others: &Catalog) -> Result<()> {
        self.roles.check_complete(databases).await
    }

    async fn secure(
        &self,
        _databases: &Databases,
        transaction: &DatabaseTransaction,
        _others: &Catalog,
    ) -> Result<Option<Unsecured>> {
        self.roles.complete(transaction).await?;
        Ok(None)
    }

    async fn provision(&self, databases: &Databases, tenant: &Tenant) -> Result<Site> {
        match dialect_of(databases)? {
            Dialect::MySql => database::provision(databases, tenant).await,
            Dialect::Postgres | Dialect::Sqlite => self.files.provision(databases, tenant).await,
        }
    }

    async fn abandon(&self, databases: &Databases, tenant: &Tenant) -> Result<()> {
        match dialect_of(databases)? {
            Dialect::MySql => database::abandon(databases, &tenant.physical_name).await,
            Dialect::Sqlite => self.files.abandon(&tenant.physical_name),
            Dialect::Postgres => Ok(()),
        }
    }

    async fn places(&self, databases: &Databases) -> Result<BTreeSet<PhysicalName>> {
        let names = match dialect_of(databases)? {
            Dialect::Sqlite => {
                let directory = self.files.directory();
                let mut names = place::files(directory, ".db")?;
                names.append(&mut place::files(&directory.join(trash::FOLDER), ".db")?);
                names.append(&mut place::files(directory, ".db.new")?);
                names
            }
            dialect @ (Dialect::Postgres | Dialect::MySql) => {
                sql::schemas(&databases.direct, dialect).await?
            }
        };
        // What no place can be called is none.
        Ok(names.iter().filter_map(|name| PhysicalName::parse(name).ok()).collect())
    }

    async fn copy_place(&self, databases: &Databases, from: &Tenant, to: &Tenant) -> Result<Site> {
        match dialect_of(databases)? {
            Dialect::MySql => {
                let reason = "a database of MariaDB or MySQL cannot be copied as of one moment";
                Err(Error::NotCopied { reason: reason.to_owned() })
            }
            Dialect::Postgres | Dialect::Sqlite => self.files.copy(databases, from, to).await,
        }
    }

    async fn open_dedicated(
        &self,
        databases: &Databases,
        tenant: &Tenant,
    ) -> Result<DatabaseConnection> {
        match dialect_of(databases)? {
            Dialect::Sqlite => self.files.open_alone(databases, tenant).await,
            Dialect::MySql => {
                databases.open_in_database(&tenant.physical_name, Purpose::Data).await
            }
            Dialect::Postgres => {
                let role = self.roles.are_enforced().then_some(&tenant.physical_name);
                databases.open_in_schema(&tenant.physical_name, role).await
            }
        }
    }

    async fn set_aside(&self, databases: &Databases, tenant: &Tenant) -> Result<()> {
        match dialect_of(databases)? {
            Dialect::Sqlite => self.files.set_aside(&tenant.physical_name).await,
            Dialect::Postgres | Dialect::MySql => Ok(()),
        }
    }

    async fn bring_back(&self, databases: &Databases, tenant: &Tenant) -> Result<()> {
        match dialect_of(databases)? {
            Dialect::Sqlite => self.files.bring_back(tenant),
            Dialect::Postgres | Dialect::MySql => Ok(()),
        }
    }

    async fn back_up(&self, databases: &Databases, tenant: &Tenant, file: &Path) -> Result<()> {
        match dialect_of(databases)? {
            Dialect::Sqlite => self.files.back_up(databases, tenant, file).await,
            Dialect::MySql => {
                let place = &tenant.physical_name;
                let reason =
                    format!("its rows lie in a database, which `mysqldump {place}` writes");
                Err(Error::NotBackedUp { slug: tenant.slug.to_string(), reason })
            }
            Dialect::Postgres => {
                let schema = &tenant.physical_name;
                let reason =
                    format!("its rows lie in a schema, which `pg_dump --schema {schema}` writes");
                Err(Error::NotBackedUp { slug: tenant.slug.to_string(), reason })
            }
        }
    }

    fn database_checks(&self) -> Vec<Box<dyn DatabaseCheck>> {
        check::all(self.files.directory())
    }

    async fn deprovision(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        _tables: &Catalog,
    ) -> Result<()> {
        match dialect_of(databases)? {
            Dialect::Sqlite => self.files.remove(&tenant.physical_name).await,
            Dialect::MySql => database::remove(databases, &tenant.physical_name).await,
            Dialect::Postgres => {
                sql::drop_schema(&databases.direct, &tenant.physical_name).await?;
                TenantRoles::drop_of(databases, tenant).await
            }
        }
    }
}

/// The name under which a tenant's file sees the tables that are present once.
fn shared_schema_of_files() -> Identifier {
    Identifier::parse(SHARED).unwrap_or_else(|_| Dialect::Sqlite.shared_schema())
}
