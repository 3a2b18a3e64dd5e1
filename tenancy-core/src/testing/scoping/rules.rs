//! A strategy that is a rule and nothing more, and the tables it is for.

use async_trait::async_trait;

use super::TENANT_COLUMN;
use crate::{
    catalog::{Catalog, Key, Table, TableKind},
    error::{Error, Result},
    migrate::change::SchemaChange,
    name::Identifier,
    scope::{Dialect, TableRule},
    strategy::{Databases, Purpose, Route, TenancyStrategy, TenantDdl},
    tenant::Tenant,
};

/// How tenant tables are the tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Each reference is filtered.
    Filter,
    /// Each reference is qualified with the tenant's schema, on SQLite with that of its file.
    TenantSchema,
}

/// The tenant tables.
pub(super) const TENANT_TABLES: [&str; 4] = ["customer", "order", "order_item", "product"];

/// The tables that are present once.
pub(super) const SHARED_TABLES: [&str; 2] = ["currency", "feedback"];

/// The tables of the framework.
pub(super) const REGISTRY_TABLES: [&str; 1] = ["tenants_tenant"];

fn table(name: &str, kind: TableKind, columns: &[&str], unique: &[&[&str]]) -> Table {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let mut keys = vec![Key { columns: owned(&["id"]), primary: true, generated: true }];
    keys.extend(unique.iter().map(|key| Key {
        columns: owned(key),
        primary: false,
        generated: false,
    }));
    Table { name: name.to_owned(), kind, columns: owned(columns), keys }
}

pub(super) fn catalog() -> Catalog {
    let [customer, order, item, product] = TENANT_TABLES;
    let [currency, feedback] = SHARED_TABLES;
    let [registry] = REGISTRY_TABLES;
    let (tenant, shared) = (TableKind::Tenant, |writable| TableKind::Shared { writable });
    let pair: &[&str] = &["order_id", "product_id"];
    let mut catalog = Catalog::default();
    for table in [
        table(customer, tenant, &["id", "name", "email", "mood"], &[&["email"]]),
        table(order, tenant, &["id", "customer_id", "total", "data"], &[]),
        table(item, tenant, &["id", "order_id", "product_id", "quantity"], &[pair]),
        table(product, tenant, &["id", "name", "tags"], &[]),
        table(currency, shared(false), &["id", "code"], &[&["code"]]),
        table(feedback, shared(true), &["id", "text"], &[&["text"]]),
        table(registry, TableKind::Registry, &["id", "slug"], &[]),
    ] {
        catalog.insert(table);
    }
    catalog.insert_tenant_type("mood".to_owned());
    catalog
}

fn no_database<T>() -> Result<T> {
    Err(Error::UnsupportedDatabase { backend: "none".to_owned() })
}

#[async_trait]
impl TenancyStrategy for Rule {
    fn name(&self) -> &'static str {
        "rule"
    }

    fn tenant_ddl(&self) -> TenantDdl {
        TenantDdl::Once
    }

    fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
        let schema = dialect.shared_schema();
        match (self, table.kind, dialect) {
            (Self::Filter, TableKind::Tenant, _) => {
                TableRule::Filter { schema, column: Identifier::parse(TENANT_COLUMN).unwrap() }
            }
            (Self::TenantSchema, TableKind::Tenant, Dialect::Postgres | Dialect::MySql) => {
                TableRule::TenantSchema
            }
            _ => TableRule::Schema(schema),
        }
    }

    fn lay_out(&self, _: &SchemaChange, _: &Catalog, _: Dialect) -> Result<Vec<SchemaChange>> {
        no_database()
    }

    async fn route(&self, _: &Databases, _: &Tenant, _: Purpose) -> Result<Route> {
        no_database()
    }

    fn shares_registry(&self, _: Dialect) -> bool {
        true
    }

    async fn deprovision(&self, _: &Databases, _: &Tenant, _: &Catalog) -> Result<()> {
        no_database()
    }
}
