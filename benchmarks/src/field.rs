//! A database with many tenants, in which the strategy and who works by hand find the same rows.

use std::{path::Path, sync::Arc, time::Duration};

use clap::ValueEnum;
use futures_util::{StreamExt, stream};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, QueryOrder, QuerySelect};
use tenancy_core::{
    MigrationSets, Tenancy, Tenant,
    config::Config,
    databases::PoolOptions,
    testing::{
        Setup, TestBackend, TestDatabase,
        world::{self, SetUp, customer},
    },
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

use crate::{by_hand::Hand, output::Output};

/// How many rows each tenant has.
const ROWS: usize = 20;
/// How many tenants are made at a time.
const AT_A_TIME: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    SchemaPerTenant,
    SharedSchema,
}

impl Strategy {
    pub(crate) fn set_up(self) -> SetUp {
        match self {
            Self::SchemaPerTenant => |url: &str, _: Option<&Path>| {
                let config = config(Config::builder().strategy(SchemaPerTenant::KEYS), url);
                let strategy = SchemaPerTenant::from_config(&config).unwrap();
                Setup::new(config, strategy)
            },
            Self::SharedSchema => |url: &str, _: Option<&Path>| {
                let config = config(Config::builder().strategy(SharedSchema::KEYS), url);
                let strategy = SharedSchema::from_config(&config).unwrap();
                Setup::new(config, strategy)
            },
        }
    }

    /// Prints as the strategy.
    pub(crate) fn output(self, row: &'static str) -> Output {
        let side = match self {
            Self::SchemaPerTenant => "schema-per-tenant",
            Self::SharedSchema => "shared-schema",
        };
        Output { row, side }
    }

    /// Prints as who does the same by hand.
    pub(crate) fn output_by_hand(self, row: &'static str) -> Output {
        let side = match self {
            Self::SchemaPerTenant => "schema by hand",
            Self::SharedSchema => "filter by hand",
        };
        Output { row, side }
    }

    pub(crate) fn hand(self, tenant: &Tenant) -> Hand {
        match self {
            Self::SchemaPerTenant => Hand::Schema(tenant.physical_name.as_str().to_owned()),
            Self::SharedSchema => Hand::Filter(tenant.id.as_uuid()),
        }
    }

    pub(crate) async fn connect(self, url: &str, sets: MigrationSets) -> Tenancy {
        let setup = self.set_up()(url, None);
        Tenancy::connect(&setup.config, setup.strategy, sets).await.unwrap()
    }
}

fn config(builder: tenancy_core::config::ConfigBuilder, url: &str) -> Config {
    builder.database_url(url).build().unwrap()
}

/// A pool that nothing scopes, as large as the strategy's.
pub(crate) async fn plain(url: &str) -> DatabaseConnection {
    plain_of(10, url).await
}

pub(crate) async fn plain_of(max_connections: u32, url: &str) -> DatabaseConnection {
    let options = PoolOptions { max_connections, acquire_timeout: Duration::from_secs(30) };
    tenancy_core::databases::open_pool(url, options).await.unwrap()
}

/// A tenant, and the ids of its rows.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) tenant: Tenant,
    pub(crate) ids: Vec<i32>,
    pub(crate) hand: Hand,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) tenancy: Tenancy,
    pub(crate) plain: DatabaseConnection,
    pub(crate) tenants: Arc<[Known]>,
    pub(crate) database: TestDatabase,
}

impl Field {
    pub(crate) async fn create(strategy: Strategy, count: usize) -> Self {
        let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
        let tenancy = strategy.connect(database.url(), world::base()).await;
        world::migrate(&tenancy).await;
        let tenants = stream::iter(0..count)
            .map(|at| known(strategy, &tenancy, at))
            .buffered(AT_A_TIME)
            .collect::<Vec<_>>()
            .await;
        let plain = plain(database.url()).await;
        plain.execute_unprepared("VACUUM ANALYZE").await.unwrap();
        Self { tenancy, plain, tenants: tenants.into(), database }
    }
}

async fn known(strategy: Strategy, tenancy: &Tenancy, at: usize) -> Known {
    let new = world::new_tenant(&format!("tenant-{at}"));
    let tenant = tenancy.create_tenant(&new).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let fill = format!(
        "INSERT INTO customer (email, name) SELECT 'c' || g || '@example.com', 'customer ' || g \
         FROM generate_series(1, {ROWS}) g"
    );
    connection.execute_unprepared(&fill).await.unwrap();
    let ids = customer::Entity::find().select_only().column(customer::Column::Id);
    let ids = ids.order_by_asc(customer::Column::Id).into_tuple().all(&connection).await.unwrap();
    let hand = strategy.hand(&tenant);
    Known { tenant, ids, hand }
}

/// The numbers of tenants that are measured, up to and with the most there are.
pub(crate) fn steps(most: usize) -> Vec<usize> {
    let mut steps: Vec<usize> =
        [1, 100, 1_000, 5_000, 10_000].into_iter().filter(|step| *step < most).collect();
    steps.push(most);
    steps
}
