//! The discovery probe, under a strategy that leads all tenants into one schema.

use std::{path::Path, sync::OnceLock};

use async_trait::async_trait;
use tenancy_core::{
    Catalog, Databases, Dialect, PhysicalName, Purpose, Result, Route, Table, TableRule,
    TenancyStrategy, Tenant, TenantDdl,
    migrate::change::SchemaChange,
    testing::{
        Setup, TestBackend, World,
        probe::{Entry, Probe},
    },
};
use tenancy_schema_per_tenant::SchemaPerTenant;

use crate::contract;

/// The tenants of the probe all read and write where the first of them lies.
#[derive(Debug)]
struct Leaky {
    inner: SchemaPerTenant,
    first: OnceLock<PhysicalName>,
}

#[async_trait]
impl TenancyStrategy for Leaky {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn tenant_ddl(&self) -> TenantDdl {
        self.inner.tenant_ddl()
    }

    fn table_rule(&self, table: &Table, dialect: Dialect) -> TableRule {
        self.inner.table_rule(table, dialect)
    }

    fn lay_out(
        &self,
        change: &SchemaChange,
        tables: &Catalog,
        dialect: Dialect,
    ) -> Result<Vec<SchemaChange>> {
        self.inner.lay_out(change, tables, dialect)
    }

    async fn route(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        purpose: Purpose,
    ) -> Result<Route> {
        let route = self.inner.route(databases, tenant, purpose).await?;
        if purpose == Purpose::Migration || !tenant.slug.as_str().starts_with("probe-") {
            return Ok(route);
        }
        let first = self.first.get_or_init(|| tenant.physical_name.clone());
        Ok(route.with_schema(first.clone()))
    }

    fn shares_registry(&self, dialect: Dialect) -> bool {
        self.inner.shares_registry(dialect)
    }

    fn place_statements(&self, tenant: &Tenant, dialect: Dialect) -> Vec<String> {
        self.inner.place_statements(tenant, dialect)
    }

    async fn deprovision(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        tables: &Catalog,
    ) -> Result<()> {
        self.inner.deprovision(databases, tenant, tables).await
    }
}

fn leaky(url: &str, directory: Option<&Path>) -> Setup {
    let setup = contract::set_up(url, directory);
    let inner = SchemaPerTenant::from_config(&setup.config).expect("a strategy");
    Setup::new(setup.config, Leaky { inner, first: OnceLock::new() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strategy_that_leaks_is_caught_at_every_entry() {
    let world = World::create(TestBackend::Postgres, leaky).await;
    let report = Probe::new().run(&world.tenancy).await.unwrap();
    for table in ["customer", "invoice"] {
        for entry in Entry::ALL {
            let is_one = |what: &str| {
                let mut crossings = report.crossings.iter();
                crossings
                    .any(|c| c.table == table && c.entry == Some(entry) && c.what.starts_with(what))
            };
            let gives_rows = !matches!(entry, Entry::Unprepared | Entry::TransactionUnprepared);
            assert!(is_one("another tenant's row") || !gives_rows, "{table} {entry}: {report}");
            assert!(is_one("UPDATE reached"), "{table} {entry}: {report}");
        }
    }
    assert!(report.to_string().contains("DELETE reached another tenant's row"), "{report}");
    assert!(report.proven.is_empty(), "{report}");
}
