//! Pools by tenant: whose statements keep to which connections, and that nobody waits for nothing.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, Statement, StreamTrait as _, TransactionTrait,
    error::ConnAcquireErr,
};
use tenancy_core::{
    Tenancy, Tenant, TenantConnection,
    config::Config,
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

#[tokio::test]
async fn a_tenant_keeps_to_one_pool() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let (_, connection) = acme(&tenancy).await;
    let mut processes = BTreeSet::new();
    for _ in 0..40 {
        processes.insert(server_process(&connection).await);
    }
    assert!(processes.len() <= 2, "statement after statement on {} connections", processes.len());
}

#[tokio::test]
async fn tenants_are_spread_over_the_pools() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database, 5).await;
    let mut processes = BTreeSet::new();
    for at in 0..40 {
        let tenant = world::new_tenant(&format!("tenant-{at}"));
        let tenant = tenancy.create_tenant(&tenant).await.unwrap();
        let connection = tenancy.connection(&tenant).await.unwrap();
        processes.insert(server_process(&connection).await);
    }
    assert!(processes.len() >= 4, "forty tenants on {} connections", processes.len());
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
