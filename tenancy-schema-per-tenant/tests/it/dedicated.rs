//! Pools of one tenant's own.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Statement, TransactionTrait};
use tenancy_core::{
    Error, Tenancy, Tenant,
    testing::{TestBackend, TestDatabase, world},
};

use crate::contract::configured;

async fn start(database: &TestDatabase) -> Tenancy {
    let values = [("database.dedicated_pools", "2"), ("database.acquire_timeout_seconds", "2")];
    let setup = configured(database.url(), database.directory(), &values);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, world::base()).await.unwrap();
    world::migrate(&tenancy).await;
    tenancy
}

async fn tenants(tenancy: &Tenancy) -> Vec<Tenant> {
    let mut tenants = Vec::new();
    for name in ["acme", "globex", "initech"] {
        let tenant = tenancy.create_tenant(&world::new_tenant(name)).await.unwrap();
        let connection = tenancy.connection(&tenant).await.unwrap();
        let insert =
            format!("INSERT INTO customer (email, name) VALUES ('{name}@e.com', '{name}')");
        connection.execute_unprepared(&insert).await.unwrap();
        tenants.push(tenant);
    }
    tenants
}

async fn names(connection: &DatabaseConnection) -> Vec<String> {
    let all = world::customer::Entity::find().all(connection).await.unwrap();
    all.into_iter().map(|customer| customer.name).collect()
}

async fn a_library_gets_a_pool_of_one_tenant(backend: TestBackend) {
    let database = TestDatabase::create(backend).await.unwrap();
    let tenancy = start(&database).await;
    let tenants = tenants(&tenancy).await;
    for tenant in &tenants {
        let dedicated = tenancy.dedicated(tenant).await.unwrap();
        let connection: DatabaseConnection = (*dedicated).clone();
        for _ in 0..5 {
            assert_eq!(names(&connection).await, std::slice::from_ref(&tenant.name));
        }
        // Neither the registry nor shared tables are in sight.
        for table in ["tenants_tenant", "currency"] {
            let select = format!("SELECT * FROM {table}");
            let select = Statement::from_string(connection.get_database_backend(), select);
            connection.query_all_raw(select).await.unwrap_err();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_gets_a_pool_of_one_tenant_on_postgres() {
    a_library_gets_a_pool_of_one_tenant(TestBackend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_gets_a_pool_of_one_tenant_on_mariadb() {
    a_library_gets_a_pool_of_one_tenant(TestBackend::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_gets_a_pool_of_one_tenant_on_sqlite() {
    a_library_gets_a_pool_of_one_tenant(TestBackend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_in_use_stay_and_who_waits_is_told() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database).await;
    let [acme, globex, initech]: [Tenant; 3] = tenants(&tenancy).await.try_into().unwrap();
    let of_acme = tenancy.dedicated(&acme).await.unwrap();
    let of_globex = tenancy.dedicated(&globex).await.unwrap();
    let refused = tenancy.dedicated(&initech).await.unwrap_err();
    assert!(matches!(refused, Error::NoDedicatedPool { most: 2 }), "{refused}");
    // Those that are there are had at once.
    let again = tokio::time::timeout(Duration::from_secs(1), tenancy.dedicated(&acme));
    drop(again.await.unwrap().unwrap());
    // A transaction on a clone is use, also when nobody holds the pool.
    let clone: DatabaseConnection = (*of_globex).clone();
    let transaction = clone.begin().await.unwrap();
    drop(of_globex);
    let refused = tenancy.dedicated(&initech).await.unwrap_err();
    assert!(matches!(refused, Error::NoDedicatedPool { .. }), "{refused}");
    let waiting = tokio::spawn({
        let (tenancy, initech) = (tenancy.clone(), initech.clone());
        async move { tenancy.dedicated(&initech).await.map(|it| (*it).clone()) }
    });
    drop(of_acme);
    assert_eq!(names(&waiting.await.unwrap().unwrap()).await, ["initech"]);
    world::customer::Entity::find().all(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_end_with_the_service_of_their_tenant() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = start(&database).await;
    let acme = tenants(&tenancy).await.swap_remove(0);
    let dedicated = tenancy.dedicated(&acme).await.unwrap();
    assert_eq!(names(&dedicated).await, ["acme"]);
    let acme = tenancy.suspend(&acme.slug).await.unwrap();
    world::customer::Entity::find().all(&*dedicated).await.unwrap_err();
    let refused = tenancy.dedicated(&acme).await.unwrap_err();
    assert!(matches!(refused, Error::NotServed { .. }), "{refused}");
    tenancy.resume(&acme.slug).await.unwrap();
    let acme = tenancy.registry().tenant(&acme.slug).await.unwrap();
    assert_eq!(names(&tenancy.dedicated(&acme).await.unwrap()).await, ["acme"]);
}
