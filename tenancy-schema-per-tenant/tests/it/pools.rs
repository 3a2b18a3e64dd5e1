//! Pools by tenant: whose statements keep to which connections, and that nobody waits for nothing.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, Statement, StreamTrait as _,
    TransactionTrait, error::ConnAcquireErr,
};
use tenancy_core::{
    Tenancy, Tenant, TenantConnection,
    config::Config,
    databases::PoolOptions,
    testing::{TestBackend, TestDatabase, world},
};
use tenancy_schema_per_tenant::SchemaPerTenant;

/// Eleven connections: one for the registry, and ten in five pools.
const MOST: u32 = 11;

async fn start(database: &TestDatabase, tenant_pools: u32) -> Tenancy {
    let config = Config::builder()
        .strategy(SchemaPerTenant::KEYS)
        .database_url(database.url())
        .set("database.max_connections", &MOST.to_string())
        .set("database.acquire_timeout_seconds", "2")
        .set("database.tenant_pools", &tenant_pools.to_string())
        .set("scope.functions", "pg_backend_pid")
        .build()
        .unwrap();
    let strategy = Arc::new(SchemaPerTenant::from_config(&config).unwrap());
    let tenancy = Tenancy::connect(&config, strategy, world::base()).await.unwrap();
    world::migrate(&tenancy).await;
    tenancy
}

async fn acme(tenancy: &Tenancy) -> (Tenant, TenantConnection) {
    let acme = tenancy.create_tenant(&world::new_tenant("acme")).await.unwrap();
    let connection = tenancy.connection(&acme).await.unwrap();
    (acme, connection)
}

/// Which of the server's processes answers.
async fn server_process<C: ConnectionTrait>(connection: &C) -> i32 {
    let sql = "SELECT pg_backend_pid()";
    let ask = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

fn open(tenancy: &Tenancy) -> u32 {
    tenancy.pool_use().iter().map(|pool| pool.open).sum()
}

/// So many that neither of two pools has few.
const MANY: usize = 80;

#[tokio::test]
async fn of_many_tenants_each_keeps_to_its_pool() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 2).await;
    let connections: Vec<TenantConnection> = stream::iter(0..MANY)
        .map(async |at| {
            let tenant = world::new_tenant(&format!("tenant-{at}"));
            let tenant = tenancy.create_tenant(&tenant).await.unwrap();
            tenancy.connection(&tenant).await.unwrap()
        })
        .buffer_unordered(8)
        .collect()
        .await;
    // Before all were met once, they seemed to be few.
    for connection in &connections {
        server_process(connection).await;
    }
    // Some of either pool, so that nobody is asked for twice in a row there and is the busiest.
    let (between, connections) = connections.split_at(20);
    let mut pools: Vec<BTreeSet<i32>> = Vec::new();
    for connection in connections {
        let mut pool = BTreeSet::new();
        for _ in 0..3 {
            for other in between {
                server_process(other).await;
            }
            pool.insert(server_process(connection).await);
        }
        // What has a connection in common is one pool.
        let (same, others) = pools.into_iter().partition(|known| !known.is_disjoint(&pool));
        pools = others;
        pools.push(same.into_iter().fold(pool, |all: BTreeSet<i32>, one| &all | &one));
    }
    assert_eq!(pools.len(), 2, "{pools:?}");
    // Those that lie idle since the tenants were made gave way, and none that is used was closed.
    let all = pools.iter().map(BTreeSet::len).sum::<usize>();
    assert!(all <= 10, "{all} connections for ten");
}

#[tokio::test]
async fn a_tenant_alone_may_use_all_connections_and_then_waits_no_longer_than_it_may() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    let mut transactions = Vec::new();
    let mut processes = BTreeSet::new();
    for _ in 1..MOST {
        let transaction = connection.begin().await.unwrap();
        processes.insert(server_process(&transaction).await);
        transactions.push(transaction);
    }
    assert_eq!(processes.len(), 10);
    let refused = world::customer::Entity::find().all(&connection).await.unwrap_err();
    assert!(matches!(refused, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), "{refused:?}");
    // The registry does not wait for tenants.
    assert_eq!(tenancy.registry().tenant(&world::slug("acme")).await.unwrap().name, "acme");
    // One that is given back serves whoever waits, wherever it was.
    let waiting = tokio::spawn({
        let connection = connection.clone();
        async move { world::customer::Entity::find().all(&connection).await }
    });
    drop(transactions.swap_remove(0));
    assert_eq!(waiting.await.unwrap().unwrap(), []);
    drop(transactions);
    assert_eq!(world::customer::Entity::find().all(&connection).await.unwrap(), []);
}

#[tokio::test]
async fn a_stream_keeps_its_connection_until_it_is_dropped() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    let sql = "SELECT email FROM customer";
    let ask = || Statement::from_string(connection.get_database_backend(), sql);
    let mut streams = Vec::new();
    for _ in 1..MOST {
        streams.push(connection.stream_raw(ask()).await.unwrap());
    }
    let refused = connection.query_all_raw(ask()).await.unwrap_err();
    assert!(matches!(refused, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), "{refused:?}");
    let mut last = streams.swap_remove(0);
    assert!(last.next().await.is_none());
    drop(last);
    assert!(connection.query_all_raw(ask()).await.unwrap().is_empty());
}

#[tokio::test]
async fn there_are_no_more_connections_than_the_configuration_says() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    // Seven connections for what is not a tenant's, as by a run of migrations.
    let registry = tenancy.registry();
    let slug = world::slug("acme");
    let busy = (0..7).map(|_| registry.tenant(&slug));
    futures_util::future::join_all(busy).await;
    let mut transactions = Vec::new();
    for _ in 1..MOST {
        transactions.push(connection.begin().await.unwrap());
    }
    assert_eq!(open(&tenancy), MOST, "{:?}", tenancy.pool_use());
    // Then the other way round: all that lie idle give way.
    futures_util::future::join_all(transactions.into_iter().map(|one| one.rollback())).await;
    let busy = (0..7).map(|_| registry.tenant(&slug));
    futures_util::future::join_all(busy).await;
    assert!(open(&tenancy) <= MOST, "{:?}", tenancy.pool_use());
    assert_eq!(world::customer::Entity::find().all(&connection).await.unwrap(), []);
}

#[tokio::test]
async fn tenants_that_are_new_to_a_process_cost_no_connections() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let mut tenants = Vec::new();
    for at in 0..60 {
        let tenant = world::new_tenant(&format!("tenant-{at}"));
        tenants.push(tenancy.create_tenant(&tenant).await.unwrap());
    }
    tenancy.close().await;
    // Another process, which asks the registry for each of them while it works for others.
    let tenancy = start(&database, 5).await;
    let processes: Vec<i32> = stream::iter(&tenants)
        .map(async |tenant| server_process(&tenancy.connection(tenant).await.unwrap()).await)
        .buffer_unordered(16)
        .collect()
        .await;
    let processes: BTreeSet<i32> = processes.into_iter().collect();
    assert!(processes.len() <= 10, "{} connections for ten", processes.len());
    assert!(open(&tenancy) <= MOST, "{:?}", tenancy.pool_use());
}

#[tokio::test]
async fn one_pool_is_there_for_who_wants_it() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 1).await;
    let (_, connection) = acme(&tenancy).await;
    assert_eq!(world::customer::Entity::find().all(&connection).await.unwrap(), []);
    let pools: Vec<String> = tenancy.pool_use().into_iter().map(|pool| pool.pool).collect();
    assert_eq!(pools, ["data"]);
}

#[tokio::test]
async fn a_request_that_is_given_up_gives_its_turn_back() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    let mut transactions = Vec::new();
    for _ in 1..MOST {
        transactions.push(connection.begin().await.unwrap());
    }
    for _ in 0..50 {
        let waiting = world::customer::Entity::find().all(&connection);
        assert!(tokio::time::timeout(Duration::from_millis(5), waiting).await.is_err());
    }
    drop(transactions);
    let all = (1..MOST).map(|_| connection.begin());
    for begun in futures_util::future::join_all(all).await {
        begun.unwrap().rollback().await.unwrap();
    }
}

#[tokio::test]
async fn what_comes_after_closing_fails() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    assert_eq!(world::customer::Entity::find().all(&connection).await.unwrap(), []);
    tenancy.close().await;
    assert_eq!(open(&tenancy), 0);
    world::customer::Entity::find().all(&connection).await.unwrap_err();
}

#[tokio::test]
async fn one_that_is_dropped_without_being_closed_leaves_no_connection() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let options = PoolOptions { max_connections: 1, acquire_timeout: Duration::from_secs(30) };
    let look = tenancy_core::databases::open_pool(database.url(), options).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    let all = (1..MOST).map(|_| connection.begin());
    for begun in futures_util::future::join_all(all).await {
        begun.unwrap().rollback().await.unwrap();
    }
    assert!(others(&look).await >= 10);
    drop((connection, tenancy));
    // The server's processes see that their clients are gone when they look next.
    let gone = async {
        while others(&look).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("connections stay");
}

/// How many connections there are to the database beside this one.
async fn others(look: &DatabaseConnection) -> i64 {
    let sql = "SELECT count(*) FROM pg_catalog.pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ask = Statement::from_string(look.get_database_backend(), sql);
    look.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
