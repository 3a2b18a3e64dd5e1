//! The one pool of all tenants: that its connections stay.
#![expect(clippy::unwrap_used, reason = "a question that has no answer fails the test")]

use std::{collections::BTreeSet, sync::Arc};

use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use tenancy_core::{
    Tenancy, TenantConnection,
    config::Config,
    testing::{TestBackend, TestDatabase, world},
};
use tenancy_shared_schema::SharedSchema;
use tokio::task::JoinSet;

const MOST: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_stay_however_many_are_at_work() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(database.url())
        .set("database.max_connections", &MOST.to_string())
        .set("scope.functions", "pg_backend_pid")
        .build()
        .unwrap();
    let strategy = Arc::new(SharedSchema::from_config(&config).unwrap());
    let tenancy = Tenancy::connect(&config, strategy, world::base()).await.unwrap();
    world::migrate(&tenancy).await;
    let acme = tenancy.create_tenant(&world::new_tenant("acme")).await.unwrap();
    let connection = tenancy.connection(&acme).await.unwrap();
    // All of them are open.
    let all = (0..MOST).map(|_| connection.begin());
    for begun in futures_util::future::join_all(all).await {
        begun.unwrap().rollback().await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (tenancy, connection) = (tenancy.clone(), connection.clone());
        tasks.spawn(async move {
            let mut processes = BTreeSet::new();
            for _ in 0..50 {
                processes.insert(server_process(&connection).await);
                tenancy.registry().tenant(&world::slug("acme")).await.unwrap();
            }
            processes
        });
    }
    let processes: BTreeSet<i32> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(processes.len() <= MOST, "{} connections for ten", processes.len());
}

/// Which of the server's processes answers.
async fn server_process(connection: &TenantConnection) -> i32 {
    let sql = "SELECT pg_backend_pid()";
    let ask = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
