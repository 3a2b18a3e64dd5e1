//! The application that a test runs in: one strategy, two tenants, and the tables so far.

use std::sync::Arc;

use real::{ConnectOptions, Database, DbErr};
use tenancy_core::{
    Catalog, Error, MigrateOptions, MigrationSets, Result, Slug, Tenancy, TenancyStrategy,
    TenantConnection, TenantMigration, TenantSchema, config::Config, registry::NewTenant,
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

use crate::neighbour::Neighbour;

/// The environment variable that says which strategy the tests run under.
const STRATEGY: &str = "TENANCY_SUITE_STRATEGY";

/// The tenant that a test runs for, and its neighbour.
const TENANTS: [&str; 2] = ["acme", "globex"];

/// A tenant migration of one statement.
#[derive(Debug, Clone)]
struct Step {
    name: String,
    sql: String,
}

impl sea_orm_migration::MigrationName for Step {
    fn name(&self) -> &str {
        &self.name
    }
}

impl TenantMigration for Step {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.sql(&self.sql)
    }
}

/// The application as it is after the migrations so far.
#[derive(Debug)]
pub(crate) struct Suite {
    url: String,
    steps: Vec<Step>,
    tenancy: Tenancy,
    /// The connection of the tenant that the test runs for.
    pub(crate) acme: TenantConnection,
    /// The other tenant.
    pub(crate) neighbour: Neighbour,
}

fn set_up(url: &str) -> (Config, Arc<dyn TenancyStrategy>) {
    let name = std::env::var(STRATEGY).unwrap();
    let config = Config::builder().database_url(url);
    if name == SharedSchema::KEYS.name {
        let config = config.strategy(SharedSchema::KEYS).build().unwrap();
        let strategy = SharedSchema::from_config(&config).unwrap();
        (config, Arc::new(strategy))
    } else {
        assert_eq!(name, SchemaPerTenant::KEYS.name);
        let config = config.strategy(SchemaPerTenant::KEYS).build().unwrap();
        let strategy = SchemaPerTenant::from_config(&config).unwrap();
        (config, Arc::new(strategy))
    }
}

async fn connect(url: &str, steps: &[Step]) -> Result<Tenancy> {
    let (config, strategy) = set_up(url);
    let mut sets = MigrationSets::default();
    sets.tenant.extend(steps.iter().map(|step| Box::new(step.clone()) as Box<dyn TenantMigration>));
    Tenancy::connect(&config, strategy, sets).await
}

fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

async fn migrate(tenancy: &Tenancy) -> Result<()> {
    let report = tenancy.migrate(&MigrateOptions::default(), |_| {}).await?;
    let failed =
        report.failures().map(|(tenant, error)| format!("{tenant}: {}", error.with_sources()));
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "the migration failed: {failed:?}");
    Ok(())
}

async fn tenant(tenancy: &Tenancy, name: &str) -> Result<TenantConnection> {
    let tenant = tenancy.registry().tenant(&slug(name)).await?;
    tenancy.connection(&tenant).await
}

impl Suite {
    /// An application without tables in an empty database.
    pub(crate) async fn new(options: &ConnectOptions) -> Result<Self> {
        let url = options.get_url().to_owned();
        let tenancy = connect(&url, &[]).await?;
        migrate(&tenancy).await?;
        for name in TENANTS {
            let domain = format!("{name}.example.com").parse().unwrap();
            tenancy.create_tenant(&NewTenant::new(slug(name), name).with_domain(domain)).await?;
        }
        let acme = tenant(&tenancy, TENANTS[0]).await?;
        let globex = tenant(&tenancy, TENANTS[1]).await?;
        let mut direct = ConnectOptions::new(url.clone());
        direct.max_connections(2).sqlx_logging(false);
        let direct = Database::connect(direct).await.map_err(database("connecting"))?;
        let names = [&acme, &globex].map(|tenant| tenant.tenant().clone());
        let neighbour = Neighbour::new(direct, tenancy.strategy().tenant_ddl(), names);
        Ok(Self { url, steps: Vec::new(), tenancy, acme, neighbour })
    }

    /// The tables that tenants have.
    pub(crate) fn tables(&self) -> &Catalog {
        self.tenancy.tenant_set().tables()
    }

    /// Makes a statement the next tenant migration and runs it, as a new version of the
    /// application would.
    pub(crate) async fn change(&mut self, sql: String) -> Result<(), DbErr> {
        let mut steps = self.steps.clone();
        steps.push(Step { name: format!("m{:06}", steps.len()), sql });
        let tenancy = connect(&self.url, &steps).await?;
        migrate(&tenancy).await?;
        self.acme = tenant(&tenancy, TENANTS[0]).await?;
        self.steps = steps;
        self.tenancy = tenancy;
        self.neighbour.tables(self.tenancy.tenant_set().tables());
        Ok(())
    }
}

fn database(doing: &'static str) -> impl FnOnce(DbErr) -> Error {
    move |source| Error::Database { doing, source }
}
