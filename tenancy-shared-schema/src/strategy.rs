//! `SharedSchema` as a strategy.

use async_trait::async_trait;
use sea_orm::DatabaseTransaction;
use tenancy_core::{
    Catalog, Databases, Dialect, Error, Identifier, Purpose, Result, Route, SettingValue, Table,
    TableKind, TableRule, TenancyStrategy, Tenant, TenantDdl, TenantSetting, Unsecured,
    check::database::DatabaseCheck,
    config::{Config, OptionKey, OptionKind, StrategyKeys},
    migrate::change::SchemaChange,
};

use crate::{
    check,
    layout::Layout,
    sql,
    wall::{self, Wall},
};

/// Keeps every tenant in the same tables, told apart by a tenant column.
#[derive(Debug, Clone)]
pub struct SharedSchema {
    column: Identifier,
    wall: Wall,
}

impl SharedSchema {
    /// What the strategy can be told in configuration, in the section `[shared-schema]`.
    pub const KEYS: StrategyKeys = StrategyKeys {
        name: "shared-schema",
        keys: &[
            OptionKey {
                name: "tenant_column",
                kind: OptionKind::Identifier,
                default: Some("tenant_id"),
                doc: "The column that tells tenants apart.",
            },
            OptionKey {
                name: "rls",
                kind: OptionKind::Choice(&["off", "enforce"]),
                default: Some("off"),
                doc: "Row-level security as a second wall on PostgreSQL.",
            },
        ],
        checks: check::CHECKS,
    };

    /// Makes the strategy as the configuration says.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for a tenant column that is no plain name.
    pub fn from_config(config: &Config) -> Result<Self> {
        let column = config.options().text("tenant_column").map(|column| column.value);
        let rls = config.options().text("rls").map(|rls| rls.value);
        let column = Identifier::parse(column.unwrap_or("tenant_id"))?;
        let wall = Wall { column: column.clone(), enforced: rls == Some("enforce") };
        Ok(Self { column, wall })
    }
}

#[async_trait]
impl TenancyStrategy for SharedSchema {
    fn name(&self) -> &'static str {
        Self::KEYS.name
    }

    fn tenant_ddl(&self) -> TenantDdl {
        TenantDdl::Once
    }

    fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
        let schema = dialect.shared_schema();
        match table.kind {
            TableKind::Tenant => TableRule::Filter { schema, column: self.column.clone() },
            TableKind::Shared { .. } | TableKind::Registry => TableRule::Schema(schema),
        }
    }

    fn lay_out(
        &self,
        change: &SchemaChange,
        tables: &Catalog,
        dialect: Dialect,
    ) -> Result<Vec<SchemaChange>> {
        Layout { column: &self.column, tables, dialect }.change(change)
    }

    async fn route(
        &self,
        databases: &Databases,
        _tenant: &Tenant,
        purpose: Purpose,
    ) -> Result<Route> {
        Ok(match purpose {
            Purpose::Data => Route::shared(databases),
            Purpose::Migration => Route::new(databases.direct.clone()),
        })
    }

    /// The place of a tenant is its rows: there is nothing to make but the transaction in which
    /// the registry takes it up.
    fn shares_registry(&self, _dialect: Dialect) -> bool {
        true
    }

    fn tenant_setting(&self, dialect: Dialect) -> Option<TenantSetting> {
        match dialect {
            Dialect::Postgres => self.wall.enforced.then_some(TenantSetting {
                name: wall::SETTING,
                value: SettingValue::TenantId,
                binds_owner: true,
            }),
            Dialect::Sqlite | Dialect::MySql => None,
        }
    }

    async fn check_roles(&self, databases: &Databases) -> Result<()> {
        self.wall.check_roles(databases).await
    }

    async fn check_secured(&self, databases: &Databases, others: &Catalog) -> Result<()> {
        self.wall.check(databases, others).await
    }

    async fn secure(
        &self,
        databases: &Databases,
        transaction: &DatabaseTransaction,
        others: &Catalog,
    ) -> Result<Option<Unsecured>> {
        self.wall.raise(databases, transaction, others).await
    }

    fn database_checks(&self) -> Vec<Box<dyn DatabaseCheck>> {
        check::all(&self.wall)
    }

    async fn deprovision(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        tables: &Catalog,
    ) -> Result<()> {
        let tables = tables.tables().filter(|table| table.kind == TableKind::Tenant);
        let names: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
        let dialect = Dialect::try_from(databases.direct.get_database_backend())?;
        let setting = self.tenant_setting(dialect);
        let transaction = databases.begin_for(tenant, setting).await?;
        sql::delete_rows(&transaction, &self.column, tenant.id, names).await?;
        let doing = "deleting the tenant's rows";
        transaction.commit().await.map_err(|source| Error::Database { doing, source })
    }
}

/// The tail of an error that only SQLite has.
pub(crate) fn unsupported(what: &str) -> Error {
    Error::UnsupportedDefinition { what: what.to_owned() }
}
