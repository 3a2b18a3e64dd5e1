//! Numbers without gaps, proven under a strategy on real databases.
//!
//! [`numbering_suite!`](crate::numbering_suite) makes a test of each function.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use sea_orm::{EntityTrait, TransactionTrait};
use sea_orm_migration::MigrationName;
use tokio::task::JoinSet;

use super::{
    TestBackend,
    world::{SetUp, World, base, migrate},
};
use crate::{
    MigrationSets, Result, TenantConnection, TenantMigration, TenantSchema,
    number_series::{NumberSeries, counter},
};

/// Makes a test of each function of this module, for each database.
#[macro_export]
macro_rules! numbering_suite {
    ($set_up:path) => {
        $crate::numbering_suite!(@on_each_database, $set_up);
    };
    ($set_up:path, mariadb) => {
        $crate::numbering_suite!(@on_mariadb, $set_up);
    };
    (@$on:ident, $set_up:path) => {
        $crate::$on!(
            numbering,
            $set_up,
            numbers_have_no_gaps,
            tenants_and_series_count_apart,
        );
    };
}

struct Numbers;

impl MigrationName for Numbers {
    fn name(&self) -> &str {
        "m20990101_000001_create_number_series"
    }
}

impl TenantMigration for Numbers {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        NumberSeries::create_table(schema)
    }
}

const INVOICES: NumberSeries = NumberSeries::new("invoice");

async fn numbered(backend: TestBackend, set_up: SetUp) -> (World, [TenantConnection; 2]) {
    let world = World::create(backend, set_up).await;
    let tenant: Vec<Box<dyn TenantMigration>> = vec![Box::new(Numbers)];
    let mut sets: MigrationSets = base();
    sets.tenant.extend(tenant);
    let tenancy = world.again(sets).await;
    migrate(&tenancy).await;
    let mut connections = Vec::new();
    for slug in ["acme", "globex"] {
        let tenant = tenancy.registry().tenant(&super::world::slug(slug)).await.unwrap();
        connections.push(tenancy.connection(&tenant).await.unwrap());
    }
    // The database goes with the world.
    (world, connections.try_into().unwrap())
}

async fn draw(connection: &TenantConnection, series: NumberSeries) -> i64 {
    let transaction = connection.begin().await.unwrap();
    let number = series.next(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    number
}

/// Of many who draw at once, some of whom give up, those who do not get each number once, and none
/// is left out.
pub async fn numbers_have_no_gaps(backend: TestBackend, set_up: SetUp) {
    let (_world, [acme, _globex]) = numbered(backend, set_up).await;
    let mut before = 0;
    if backend == TestBackend::MariaDb {
        // Those who give up the very first one together would be a deadlock.
        before = draw(&acme, INVOICES).await;
    }
    let mut tasks = JoinSet::new();
    for task in 0..6_usize {
        let acme = acme.clone();
        tasks.spawn(async move {
            let mut kept = Vec::new();
            for turn in 0..8_usize {
                let transaction = acme.begin().await.unwrap();
                let number = INVOICES.next(&transaction).await.unwrap();
                if (task + turn) % 3 == 0 {
                    transaction.rollback().await.unwrap();
                } else {
                    transaction.commit().await.unwrap();
                    kept.push(number);
                }
            }
            kept
        });
    }
    let mut kept: Vec<i64> = tasks.join_all().await.into_iter().flatten().collect();
    kept.sort_unstable();
    let expected: Vec<i64> = (before + 1..).take(kept.len()).collect();
    assert_eq!(kept, expected);
    assert_eq!(kept.len(), 32);
}

/// A tenant's numbers say nothing about another's, nor a series' about another series.
pub async fn tenants_and_series_count_apart(backend: TestBackend, set_up: SetUp) {
    const ORDERS: NumberSeries = NumberSeries::new("order").beginning_with(1_000);
    let (_world, [acme, globex]) = numbered(backend, set_up).await;
    assert_eq!(draw(&acme, INVOICES).await, 1);
    assert_eq!(draw(&acme, INVOICES).await, 2);
    assert_eq!(draw(&acme, ORDERS).await, 1_000);
    assert_eq!(draw(&globex, INVOICES).await, 1);
    assert_eq!(draw(&acme, ORDERS).await, 1_001);
    assert_eq!(draw(&acme, INVOICES).await, 3);
    let of_globex = counter::Entity::find().all(&globex).await.unwrap();
    assert_eq!(of_globex, [counter::Model { name: "invoice".to_owned(), last: 1 }]);
}
