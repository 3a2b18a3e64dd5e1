//! Two small strategies, a catalog, and ways to scope with them.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{DbBackend, Statement, Value};

use crate::{
    catalog::{Catalog, Key, Table, TableKind},
    error::{Error, Result},
    migrate::change::SchemaChange,
    name::{Identifier, PhysicalName},
    scope::{Dialect, Refusal, Scoper, TableRule, TenantScope},
    strategy::{Databases, Purpose, Route, TenancyStrategy, TenantDdl},
    tenant::{Tenant, TenantId},
};

/// Keeps the rows of all tenants together.
#[derive(Debug)]
pub(super) struct Filtering;

/// Gives each tenant a schema, on SQLite a file.
#[derive(Debug)]
pub(super) struct Separating;

fn identifier(name: &str) -> Identifier {
    Identifier::parse(name).unwrap()
}

fn central(dialect: Dialect) -> Identifier {
    dialect.shared_schema()
}

impl Filtering {
    fn rule(table: &Table, dialect: Dialect) -> TableRule {
        match table.kind {
            TableKind::Tenant => {
                TableRule::Filter { schema: central(dialect), column: identifier("tenant_id") }
            }
            TableKind::Shared { .. } | TableKind::Registry => TableRule::Schema(central(dialect)),
        }
    }
}

impl Separating {
    fn rule(table: &Table, dialect: Dialect) -> TableRule {
        match (table.kind, dialect) {
            (TableKind::Tenant, Dialect::Postgres | Dialect::MySql) => TableRule::TenantSchema,
            (TableKind::Tenant, Dialect::Sqlite) => TableRule::Schema(central(dialect)),
            (TableKind::Shared { .. } | TableKind::Registry, _) => {
                TableRule::Schema(central(dialect))
            }
        }
    }
}

fn unused<T>() -> Result<T> {
    Err(Error::UnsupportedDatabase { backend: "none".to_owned() })
}

macro_rules! strategy {
    ($name:ty, $ddl:expr) => {
        #[async_trait]
        impl TenancyStrategy for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn tenant_ddl(&self) -> TenantDdl {
                $ddl
            }

            fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
                Self::rule(table, dialect)
            }

            fn lay_out(
                &self,
                _: &SchemaChange,
                _: &Catalog,
                _: Dialect,
            ) -> Result<Vec<SchemaChange>> {
                unused()
            }

            async fn route(&self, _: &Databases, _: &Tenant, _: Purpose) -> Result<Route> {
                unused()
            }

            fn shares_registry(&self, _: Dialect) -> bool {
                true
            }

            async fn deprovision(&self, _: &Databases, _: &Tenant, _: &Catalog) -> Result<()> {
                unused()
            }
        }
    };
}

strategy!(Filtering, TenantDdl::Once);
strategy!(Separating, TenantDdl::PerTenant);

fn table(name: &str, kind: TableKind, columns: &[&str], unique: &[&[&str]]) -> Table {
    let columns_of = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let mut keys = vec![Key { columns: columns_of(&["id"]), primary: true, generated: true }];
    keys.extend(unique.iter().map(|key| Key {
        columns: columns_of(key),
        primary: false,
        generated: false,
    }));
    Table { name: name.to_owned(), kind, columns: columns_of(columns), keys }
}

/// The strategy of [`filtering`].
pub(in crate::scope) fn filtering_strategy() -> &'static dyn TenancyStrategy {
    &Filtering
}

pub(in crate::scope) fn catalog() -> Arc<Catalog> {
    let mut catalog = Catalog::default();
    let (tenant, read_only) = (TableKind::Tenant, TableKind::Shared { writable: false });
    for table in [
        table("customer", tenant, &["id", "name", "email", "mood"], &[&["email"]]),
        table("order", tenant, &["id", "customer_id", "total", "data"], &[]),
        table(
            "order_item",
            tenant,
            &["id", "order_id", "product_id", "quantity"],
            &[&["order_id", "product_id"]],
        ),
        table("product", tenant, &["id", "name", "tags"], &[]),
        table("currency", read_only, &["id", "code"], &[&["code"]]),
        table("feedback", TableKind::Shared { writable: true }, &["id", "text"], &[&["text"]]),
        table("excluded", tenant, &["id", "text"], &[]),
        table("tenants_tenant", TableKind::Registry, &["id", "slug"], &[]),
    ] {
        catalog.insert(table);
    }
    catalog.insert_tenant_type("mood".to_owned());
    Arc::new(catalog)
}

pub(super) fn filtering(dialect: Dialect) -> Scoper {
    Scoper::new(dialect, catalog(), &Filtering).unwrap()
}

pub(super) fn separating(dialect: Dialect) -> Scoper {
    Scoper::new(dialect, catalog(), &Separating)
        .unwrap()
        .with_reserved_column(&identifier("tenant_id"))
}

pub(super) fn acme() -> TenantScope {
    let id = uuid::Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00ac);
    TenantScope { id: TenantId::from(id), schema: Some(PhysicalName::parse("t_acme").unwrap()) }
}

pub(super) fn globex() -> TenantScope {
    let id = uuid::Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00be);
    TenantScope { id: TenantId::from(id), schema: Some(PhysicalName::parse("t_globex").unwrap()) }
}

pub(super) fn backend(dialect: Dialect) -> DbBackend {
    match dialect {
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::MySql => DbBackend::MySql,
    }
}

/// A statement with as many values as the text has placeholders.
pub(super) fn statement(dialect: Dialect, sql: &str) -> Statement {
    as_written(dialect, &for_dialect(dialect, sql))
}

/// The same for a text that is the dialect's already.
pub(super) fn as_written(dialect: Dialect, sql: &str) -> Statement {
    let count = match dialect {
        Dialect::Postgres => {
            (1..20).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or_default()
        }
        Dialect::Sqlite | Dialect::MySql => sql.matches('?').count(),
    };
    let values = (0..count).map(|n| Value::from(i32::try_from(n).unwrap()));
    Statement::from_sql_and_values(backend(dialect), sql, values)
}

/// The scoped text for `acme`.
pub(super) fn scope(scoper: &Scoper, dialect: Dialect, sql: &str) -> Result<String, Refusal> {
    scoper.scope(statement(dialect, sql), &acme()).map(|scoped| scoped.sql)
}

/// A text with the placeholders of the dialect: `$1` is `?1` on SQLite, and `?` on MySQL, whose
/// names stand in backticks.
fn for_dialect(dialect: Dialect, sql: &str) -> String {
    match dialect {
        Dialect::Postgres => sql.to_owned(),
        Dialect::Sqlite => {
            (1..10).fold(sql.to_owned(), |sql, n| sql.replace(&format!("${n}"), &format!("?{n}")))
        }
        Dialect::MySql => {
            let sql = (1..10).fold(sql.to_owned(), |sql, n| sql.replace(&format!("${n}"), "?"));
            sql.replace('"', "`")
        }
    }
}
