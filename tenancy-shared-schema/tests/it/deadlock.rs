//! Statements that the database gives up because they and others wait for each other.

use std::time::{Duration, Instant};

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, Set,
    Statement, TransactionTrait,
};
use tenancy_core::testing::{
    TestBackend,
    world::{World, customer},
};

use crate::contract::set_up;

/// How long what must come may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until another session waits for a lock.
async fn somebody_waits(raw: &DatabaseConnection) {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let begun = Instant::now();
    loop {
        let ask = Statement::from_string(raw.get_database_backend(), WAITING);
        let row = raw.query_one_raw(ask).await.expect("an answer").expect("a row");
        if row.try_get_by_index::<i64>(0).expect("a number") > 0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "nobody waits");
    }
}

/// Takes what an insert will need, as a migration does that drops a table with foreign keys.
async fn begin_migration(world: &World) -> DatabaseTransaction {
    let migration = world.raw().await.begin().await.expect("a transaction");
    for sql in ["SET LOCAL deadlock_timeout = '1h'", "LOCK TABLE tenants_tenant"] {
        migration.execute_unprepared(sql).await.expect("the lock");
    }
    migration
}

/// Waits until the insert waits, and then wants what that has. The insert, which has waited for longer,
/// looks for a deadlock first, and is ended by it.
async fn go_on(world: &World, migration: DatabaseTransaction) {
    somebody_waits(&world.raw().await).await;
    migration.execute_unprepared("LOCK TABLE customer").await.expect("the insert gives way");
    migration.commit().await.expect("a commit");
}

async fn zoes(world: &World) -> usize {
    let customers = customer::Entity::find().all(&world.connection(&world.acme).await).await;
    customers.expect("rows").iter().filter(|customer| customer.name == "zoe").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_a_deadlock_ends_is_sent_again() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let acme = world.connection(&world.acme).await;
    let migration = begin_migration(&world).await;
    let insert = tokio::spawn(async move {
        let email = Set("zoe@example.com".to_owned());
        let zoe =
            customer::ActiveModel { email, name: Set("zoe".to_owned()), ..Default::default() };
        zoe.insert(&acme).await
    });
    go_on(&world, migration).await;
    insert.await.expect("it ends").expect("it is sent again");
    assert_eq!(zoes(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_a_text_without_values() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let acme = world.connection(&world.acme).await;
    let migration = begin_migration(&world).await;
    let insert = tokio::spawn(async move {
        let sql = "INSERT INTO customer (email, name) VALUES ('zoe@example.com', 'zoe')";
        acme.execute_unprepared(sql).await
    });
    go_on(&world, migration).await;
    insert.await.expect("it ends").expect("it is sent again");
    assert_eq!(zoes(&world).await, 1);
}
