//! `DatabasePerTenant` as a strategy.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sea_orm::DatabaseTransaction;
use tenancy_core::{
    Catalog, Databases, Dialect, Error, Identifier, PhysicalName, Purpose, Result, Route, Site,
    Table, TableKind, TableRule, TenancyStrategy, Tenant, TenantDdl, Unsecured,
    config::{Config, OptionKey, OptionKind, StrategyKeys},
    databases::begin_writing,
    migrate::change::{ForeignKeyDefinition, SchemaChange},
};

use crate::{
    pools::Pools,
    shared_tables::{SCHEMA, SharedTables},
    sql,
};

/// Keeps each tenant in a PostgreSQL database of its own, on the server of the registry.
#[derive(Debug)]
pub struct DatabasePerTenant {
    pools: Pools,
    shared_tables: SharedTables,
}

impl DatabasePerTenant {
    /// What the strategy can be told in configuration, in the section `[database-per-tenant]`.
    pub const KEYS: StrategyKeys = StrategyKeys {
        name: "database-per-tenant",
        keys: &[
            OptionKey {
                name: "open_databases",
                kind: OptionKind::Integer { min: 1, max: 10_000 },
                default: Some("20"),
                doc: "Of how many tenants a pool is kept open when nobody uses it.",
            },
            OptionKey {
                name: "connections",
                kind: OptionKind::Integer { min: 1, max: 1_000 },
                default: Some("4"),
                doc: "How many connections the pool of a tenant opens at most.",
            },
            OptionKey {
                name: "shared_role",
                kind: OptionKind::Text,
                default: None,
                doc: "The role as which tenants' databases read the shared tables; that of the \
                      application unless it is set.",
            },
            OptionKey {
                name: "shared_password",
                kind: OptionKind::Text,
                default: None,
                doc: "Its password, where the server asks itself for one.",
            },
        ],
        checks: &[],
    };

    /// Makes the strategy as the configuration says.
    ///
    /// # Errors
    /// [`Error::UnsupportedDatabase`] for any other database than PostgreSQL.
    pub fn from_config(config: &Config) -> Result<Self> {
        let backend = config.database().url().value.backend();
        only_postgres(Dialect::try_from(backend)?)?;
        let options = config.options();
        let open = options.integer("open_databases").map_or(20, |open| open.value);
        let connections = options.integer("connections").map_or(4, |connections| connections.value);
        let text = |name| options.text(name).map(|text| text.value.to_owned());
        Ok(Self {
            pools: Pools::new(open, connections),
            shared_tables: SharedTables {
                role: text("shared_role"),
                password: text("shared_password"),
            },
        })
    }
}

fn only_postgres(dialect: Dialect) -> Result<()> {
    if dialect == Dialect::Postgres {
        return Ok(());
    }
    Err(Error::UnsupportedDatabase { backend: format!("{dialect:?}") })
}

/// No foreign key leads from one database to another.
fn stays_at_home(table: &str, key: &ForeignKeyDefinition, tables: &Catalog) -> Result<()> {
    let kind = tables.table(&key.references).map(|table| table.kind);
    if !matches!(kind, Some(TableKind::Shared { .. })) {
        return Ok(());
    }
    Err(Error::Reference {
        table: table.to_owned(),
        references: key.references.clone(),
        reason: "a shared table, and no foreign key leads from one database to another",
    })
}

#[async_trait]
impl TenancyStrategy for DatabasePerTenant {
    fn name(&self) -> &'static str {
        Self::KEYS.name
    }

    fn tenant_ddl(&self) -> TenantDdl {
        TenantDdl::PerTenant
    }

    fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
        match table.kind {
            // Isolation: the connection is to the tenant's database, so its tables are the tenant's.
            TableKind::Tenant => TableRule::Schema(dialect.shared_schema()),
            TableKind::Shared { .. } | TableKind::Registry => TableRule::Schema(
                Identifier::parse(SCHEMA).unwrap_or_else(|_| dialect.shared_schema()),
            ),
        }
    }

    fn lay_out(
        &self,
        change: &SchemaChange,
        tables: &Catalog,
        dialect: Dialect,
    ) -> Result<Vec<SchemaChange>> {
        only_postgres(dialect)?;
        if let SchemaChange::CreateTable(table) = change {
            for key in &table.foreign_keys {
                stays_at_home(&table.name, key, tables)?;
            }
        }
        if let SchemaChange::AddForeignKey { table, key } = change {
            stays_at_home(table, key, tables)?;
        }
        Ok(vec![change.clone()])
    }

    async fn route(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        purpose: Purpose,
    ) -> Result<Route> {
        Ok(Route::new(self.pools.open(databases, tenant, purpose).await?))
    }

    fn shares_registry(&self, _dialect: Dialect) -> bool {
        false
    }

    async fn provision(&self, databases: &Databases, tenant: &Tenant) -> Result<Site> {
        let unfinished = sql::unfinished_name(tenant);
        if sql::is_there(databases, tenant.physical_name.as_str()).await? {
            return Err(Error::PlaceExists { place: place(&tenant.physical_name) });
        }
        // What a run that was cut off left under that name is made anew.
        sql::drop_database(databases, &unfinished).await?;
        sql::create_database(databases, &unfinished).await?;
        let connection = self.pools.connect(databases, &unfinished, Purpose::Migration)?;
        self.shared_tables.bring_in(databases, &connection, &unfinished).await?;
        let transaction = begin_writing(&connection).await?;
        let (databases, name) = (databases.clone(), tenant.physical_name.clone());
        let publish = Box::pin(async move {
            let doing = "closing the tenant's new database";
            connection.close().await.map_err(|source| Error::Database { doing, source })?;
            sql::rename_database(&databases, &unfinished, &name).await
        });
        Ok(Site { transaction, schema: None, publish })
    }

    async fn places(&self, databases: &Databases) -> Result<BTreeSet<PhysicalName>> {
        let places = sql::places(databases).await?;
        let names = places.into_keys().filter_map(|name| PhysicalName::parse(&name).ok());
        Ok(names.filter(|name| !sql::is_unfinished(name.as_str())).collect())
    }

    async fn check_secured(&self, databases: &Databases, _others: &Catalog) -> Result<()> {
        match self.shared_tables.outdated(databases).await?.first() {
            None => Ok(()),
            Some(name) => Err(Error::Unsecured {
                reason: format!("the database `{name}` has other shared tables than the registry"),
                mend: "`tenancy migrate up` brings them to what they should be",
            }),
        }
    }

    async fn secure(
        &self,
        databases: &Databases,
        _transaction: &DatabaseTransaction,
        _others: &Catalog,
    ) -> Result<Option<Unsecured>> {
        for name in self.shared_tables.outdated(databases).await? {
            let connection = self.pools.connect(databases, &name, Purpose::Migration)?;
            self.shared_tables.bring_in(databases, &connection, &name).await?;
            let doing = "closing the tenant's database";
            connection.close().await.map_err(|source| Error::Database { doing, source })?;
        }
        Ok(None)
    }

    async fn deprovision(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        _tables: &Catalog,
    ) -> Result<()> {
        self.pools.close(&tenant.physical_name).await?;
        sql::drop_database(databases, tenant.physical_name.as_str()).await?;
        sql::drop_database(databases, &sql::unfinished_name(tenant)).await
    }
}

/// How errors call a database.
pub(crate) fn place(name: &PhysicalName) -> String {
    format!("database {name}")
}
