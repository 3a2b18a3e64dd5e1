//! The world of the contract: an application with two tenants, `acme` and `globex`.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test's world that cannot be made fails the test"
)]

pub mod currency;
pub mod customer;
pub mod invoice;
mod migrations;

use std::{path::Path, sync::Arc};

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, QueryOrder, Set};

use super::{TestBackend, TestDatabase};
use crate::{
    MigrateOptions, Result, Slug, Tenancy, TenancyStrategy, Tenant, TenantConnection,
    config::Config, registry::NewTenant,
};

pub use migrations::{
    ADD_NOTE, BROKEN, base, with_broken, with_moved, with_note, with_rate, without_currency,
};

/// A strategy and the configuration that it was made from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The strategy.
    pub strategy: Arc<dyn TenancyStrategy>,
}

impl Setup {
    /// Puts a configuration and the strategy made from it together.
    pub fn new(config: Config, strategy: impl TenancyStrategy) -> Self {
        Self { config, strategy: Arc::new(strategy) }
    }
}

/// Makes the strategy under test for a database: its address, and on SQLite the folder that it lies
/// in.
pub type SetUp = fn(&str, Option<&Path>) -> Setup;

/// An application with two tenants that hold different rows.
#[derive(Debug)]
pub struct World {
    /// The application.
    pub tenancy: Tenancy,
    /// A tenant with customers and invoices.
    pub acme: Tenant,
    /// Another one, with other rows.
    pub globex: Tenant,
    set_up: SetUp,
    database: TestDatabase,
}

/// The slug of a tenant.
#[must_use]
pub fn slug(slug: &str) -> Slug {
    slug.parse().unwrap()
}

/// What a new tenant of this slug begins with.
#[must_use]
pub fn new_tenant(name: &str) -> NewTenant {
    NewTenant::new(slug(name), name).with_domain(format!("{name}.example.com").parse().unwrap())
}

/// Connects with these migrations to the database of a test.
///
/// # Errors
/// Those of [`Tenancy::connect`].
pub async fn connect(
    set_up: SetUp,
    database: &TestDatabase,
    migrations: crate::MigrationSets,
) -> Result<Tenancy> {
    let setup = set_up(database.url(), database.directory());
    Tenancy::connect(&setup.config, setup.strategy, migrations).await
}

/// Brings everything forward, and lets no tenant fail.
pub async fn migrate(tenancy: &Tenancy) -> crate::MigrationReport {
    let report = tenancy.migrate(&MigrateOptions::default(), |_| {}).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    report
}

impl World {
    /// Makes the world on a database of its own.
    pub async fn create(backend: TestBackend, set_up: SetUp) -> Self {
        let database = TestDatabase::create(backend).await.unwrap();
        let tenancy = connect(set_up, &database, base()).await.unwrap();
        migrate(&tenancy).await;
        let acme = tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
        let globex = tenancy.create_tenant(&new_tenant("globex")).await.unwrap();
        let world = Self { tenancy, acme, globex, set_up, database };
        world.fill(&world.acme, &["ann", "bob"]).await;
        world.fill(&world.globex, &["bob", "eve"]).await;
        world
    }

    /// The application again, as another process with these migrations would see it.
    pub async fn again(&self, migrations: crate::MigrationSets) -> Tenancy {
        connect(self.set_up, &self.database, migrations).await.unwrap()
    }

    /// The database underneath, to look at what is really there.
    #[must_use]
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// A connection past the framework.
    pub async fn raw(&self) -> DatabaseConnection {
        self.database.connect().await.unwrap()
    }

    /// A connection of a tenant.
    pub async fn connection(&self, tenant: &Tenant) -> TenantConnection {
        self.tenancy.connection(tenant).await.unwrap()
    }

    async fn fill(&self, tenant: &Tenant, names: &[&str]) {
        let connection = self.connection(tenant).await;
        for name in names {
            let customer = customer::ActiveModel {
                email: Set(format!("{name}@example.com")),
                name: Set(format!("{name} of {}", tenant.slug)),
                ..Default::default()
            };
            let customer =
                customer::Entity::insert(customer).exec(&connection).await.unwrap().last_insert_id;
            let invoice = invoice::ActiveModel {
                customer_id: Set(customer),
                number: Set(format!("INV-{name}")),
                total: Set(100),
                ..Default::default()
            };
            invoice::Entity::insert(invoice).exec(&connection).await.unwrap();
        }
    }
}

/// All rows that a connection sees, in order.
pub async fn rows<C: ConnectionTrait>(
    connection: &C,
) -> (Vec<customer::Model>, Vec<invoice::Model>) {
    let customers = customer::Entity::find().order_by_asc(customer::Column::Id);
    let invoices = invoice::Entity::find().order_by_asc(invoice::Column::Id);
    (customers.all(connection).await.unwrap(), invoices.all(connection).await.unwrap())
}
