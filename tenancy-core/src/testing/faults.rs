//! Servers that go away, connections that are lost, requests that are cut off, tenants that go, and
//! tables that change, all under load.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    reason = "a function that proves something panics where it is not so, and says what was done"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Statement, TransactionTrait,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    Setup, TestBackend, TestDatabase, TestServer, World,
    load::{Client, Known, Weather},
    pooling::Reached,
    world::{customer, migrate, new_tenant, slug, with_note},
};
use crate::{Error, Tenancy, Tenant};

/// Ends all other connections to the database.
const END_ALL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// How many other sessions are in a transaction.
const OPEN: &str = "SELECT count(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid() \
                    AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)') \
                    AND backend_type = 'client backend'";

/// How long what ends by itself may take.
const PATIENCE: Duration = Duration::from_secs(30);

async fn count(database: &DatabaseConnection, sql: &str) -> i64 {
    let select = Statement::from_string(database.get_database_backend(), sql);
    let row = database.query_one_raw(select).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Demands that no session of the database is in a transaction, when what was dropped has been rolled
/// back.
pub async fn nothing_is_left_open(raw: &DatabaseConnection) {
    let begun = Instant::now();
    while count(raw, OPEN).await > 0 {
        assert!(begun.elapsed() < PATIENCE, "a transaction was left open");
        tokio::task::yield_now().await;
    }
}

/// Demands that every connection of a pool can be had at once, is in no transaction that somebody else
/// has begun, and has no setting that somebody else has left.
async fn is_healthy(tenancy: &Tenancy, connections: usize) {
    const SETTINGS: &str = "SELECT coalesce(current_setting('tenancy.tenant_id', true), '') \
                            || ' ' || current_setting('search_path')";
    let mut seen = Vec::new();
    let mut held = Vec::new();
    for _ in 0..connections {
        let data = &tenancy.databases().data;
        let transaction = data.begin().await.unwrap();
        let ask = Statement::from_string(DbBackend::Postgres, SETTINGS);
        let row = transaction.query_one_raw(ask).await.unwrap().unwrap();
        seen.push(row.try_get_by_index::<String>(0).unwrap());
        held.push(transaction);
    }
    for transaction in held {
        transaction.rollback().await.unwrap();
    }
    assert!(seen.iter().all(|settings| settings == " \"$user\", public"), "{seen:?}");
}

/// Clients that work until they are told to stop, and what they tell meanwhile.
struct Load {
    clients: Vec<tokio::task::JoinHandle<Known>>,
    is_over: Arc<AtomicBool>,
    progress: UnboundedReceiver<()>,
}

impl Load {
    async fn start(tenancy: &Tenancy, tenants: &[Tenant], clients: u64, weather: Weather) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (told, progress) = unbounded_channel();
        let mut running = Vec::new();
        for at in 0..clients {
            let client = Client::new(&format!("c{at}"), tenancy, tenants, at).await;
            let (told, is_over) = (told.clone(), Arc::clone(&is_over));
            running.push(tokio::spawn(client.run_until(
                weather,
                move || is_over.load(Ordering::Acquire),
                move || told.send(()).unwrap_or_default(),
            )));
        }
        Self { clients: running, is_over, progress }
    }

    /// Waits until so many more pieces of work have ended well.
    async fn goes_on(&mut self, pieces: usize) {
        while self.progress.try_recv().is_ok() {}
        for _ in 0..pieces {
            // It is an error when the clients do not go on, or have all ended.
            tokio::time::timeout(PATIENCE, self.progress.recv()).await.unwrap().unwrap();
        }
    }

    async fn end(self) -> Known {
        self.is_over.store(true, Ordering::Release);
        let mut known = Known::default();
        for client in self.clients {
            known = known.and(client.await.unwrap());
        }
        eprintln!(
            "{} statements, {} pieces failed, {} cut off",
            known.statements, known.failed, known.cut
        );
        known
    }
}

async fn two_tenants(tenancy: &Tenancy) -> Vec<Tenant> {
    migrate(tenancy).await;
    let mut tenants = Vec::new();
    for slug in ["acme", "globex"] {
        tenants.push(tenancy.create_tenant(&new_tenant(slug)).await.unwrap());
    }
    tenants
}

/// The server crashes and is restarted under load: nothing is lost, nothing crosses, and work goes on.
pub async fn a_server_that_is_restarted_loses_nothing(reached: Reached) {
    let mut server = TestServer::start().unwrap();
    let url = server.url();
    let application = (reached.role)(&url);
    let tenancy = reached.connect(&application, &url).await.unwrap();
    let tenants = two_tenants(&tenancy).await;
    let mut load = Load::start(&tenancy, &tenants, 6, Weather::Faults).await;
    for crashes in [true, false] {
        load.goes_on(60).await;
        if crashes { server.crash() } else { server.restart_fast() }.unwrap();
    }
    load.goes_on(60).await;
    let known = load.end().await;
    assert!(known.failed > 0, "nothing was going on when the server went");
    let other = reached.connect(&application, &url).await.unwrap();
    known.check(&other, &tenants).await;
    nothing_is_left_open(&sea_orm::Database::connect(&url).await.unwrap()).await;
}

/// Connections are ended in the midst of transactions: nothing is lost, and the pool mends itself.
pub async fn connections_that_are_killed_lose_nothing(reached: Reached) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let application = (reached.role)(database.url());
    let tenancy = reached.connect(&application, database.url()).await.unwrap();
    let tenants = two_tenants(&tenancy).await;
    let raw = database.connect().await.unwrap();
    let mut load = Load::start(&tenancy, &tenants, 6, Weather::Faults).await;
    for _ in 0..6 {
        load.goes_on(25).await;
        count(&raw, END_ALL).await;
    }
    load.goes_on(60).await;
    let known = load.end().await;
    assert!(known.failed > 0, "nothing was going on when the connections went");
    // Nobody may have met a connection yet that was lost while it lay idle.
    let other = reached.connect(&application, database.url()).await.unwrap();
    known.check(&other, &tenants).await;
    nothing_is_left_open(&raw).await;
}

/// Requests are dropped at whatever they wait for, over a pool of two connections: nothing crosses,
/// nothing is left open, and the pool is as it was.
pub async fn requests_are_cut_off_anywhere(reached: Reached) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let application = (reached.role)(database.url());
    let tenancy = reached.connect(&application, database.url()).await.unwrap();
    let tenants = two_tenants(&tenancy).await;
    let mut known = Known::default();
    // How much is cut off depends on how soon the database answers.
    for round in 0..10 {
        let mut clients = Vec::new();
        for at in round * 8..(round + 1) * 8 {
            let client = Client::new(&format!("c{at}"), &tenancy, &tenants, 100 + at).await;
            clients.push(tokio::spawn(client.run(250, Weather::Cuts)));
        }
        for client in clients {
            known = known.and(client.await.unwrap());
        }
        if known.cut > 200 {
            break;
        }
    }
    eprintln!("{} statements, {} pieces cut off", known.statements, known.cut);
    assert!(known.cut > 200, "too little was cut off: {}", known.cut);
    known.check(&tenancy, &tenants).await;
    nothing_is_left_open(&database.connect().await.unwrap()).await;
    is_healthy(&tenancy, 2).await;
}

/// A statement that takes too long fails alone: what comes after it on the same connection, or instead
/// of its transaction, goes on.
pub async fn timeouts_end_one_statement(reached: Reached) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let raw = database.connect().await.unwrap();
    let limit = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 500', \
                 current_database()); END $$";
    let application = (reached.role)(database.url());
    let first = reached.connect(&application, database.url()).await.unwrap();
    let tenants = two_tenants(&first).await;
    raw.execute_unprepared(limit).await.unwrap();
    // Connections that were there before have no limit.
    let tenancy = reached.connect(&application, database.url()).await.unwrap();
    let acme = tenancy.connection(&tenants[0]).await.unwrap();
    let insert = "INSERT INTO customer (email, name) VALUES ('ann@example.com', 'ann')";
    acme.execute_unprepared(insert).await.unwrap();
    let holder = first.connection(&tenants[0]).await.unwrap().begin().await.unwrap();
    let update = "UPDATE customer SET name = 'held' WHERE email = 'ann@example.com'";
    holder.execute_unprepared(update).await.unwrap();
    let is_timeout =
        |error: &sea_orm::DbErr| crate::migrate::retry::code(error).as_deref() == Some("57014");
    let late = acme.execute_unprepared(update).await.unwrap_err();
    assert!(is_timeout(&late), "{late:?}");
    let transaction = acme.begin().await.unwrap();
    let second = "INSERT INTO customer (email, name) VALUES ('eve@example.com', 'eve')";
    transaction.execute_unprepared(second).await.unwrap();
    let late = transaction.execute_unprepared(update).await.unwrap_err();
    assert!(is_timeout(&late), "{late:?}");
    drop(transaction);
    holder.rollback().await.unwrap();
    let rows = customer::Entity::find().all(&acme).await.unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["ann"], "what was in the transaction is gone, and nothing else");
    nothing_is_left_open(&raw).await;
    is_healthy(&tenancy, 2).await;
}

/// A tenant is suspended, deleted and made again while its handles are at work: they are refused, and
/// never reach the successor.
pub async fn handles_never_reach_a_successor(reached: Reached) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let application = (reached.role)(database.url());
    let tenancy = reached.connect(&application, database.url()).await.unwrap();
    let tenants = two_tenants(&tenancy).await;
    let mut load = Load::start(&tenancy, &tenants, 4, Weather::Faults).await;
    load.goes_on(40).await;
    let old = tenancy.connection(&tenants[0]).await.unwrap();
    tenancy.suspend(&slug("acme")).await.unwrap();
    let refused = customer::Entity::find().all(&old).await.unwrap_err();
    let refused = Error::from_db_err(&refused);
    assert!(matches!(refused, Some(Error::NotServed { .. })), "{refused:?}");
    // The other tenant's work goes on, and this one's when it is served again.
    load.goes_on(20).await;
    tenancy.resume(&slug("acme")).await.unwrap();
    assert!(customer::Entity::find().all(&old).await.is_ok());
    tenancy.remove_tenant(&slug("acme")).await.unwrap();
    let successor = tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
    let new = tenancy.connection(&successor).await.unwrap();
    let insert = "INSERT INTO customer (email, name) VALUES ('new@example.com', 'the successor')";
    new.execute_unprepared(insert).await.unwrap();
    load.goes_on(40).await;
    assert!(customer::Entity::find().all(&old).await.is_err(), "a handle outlives its tenant");
    assert!(old.begin().await.is_err(), "a handle outlives its tenant");
    load.end().await;
    let rows = customer::Entity::find().all(&new).await.unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["the successor"]);
}

/// Another process brings the tables forward under this one's warm connections: nothing of this one's
/// fails, in transactions or outside, and the other one sees the new column.
pub async fn tables_change_under_warm_connections(reached: Reached) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let application = (reached.role)(database.url());
    let tenancy = reached.connect(&application, database.url()).await.unwrap();
    let tenants = two_tenants(&tenancy).await;
    let mut load = Load::start(&tenancy, &tenants, 4, Weather::Fair).await;
    load.goes_on(80).await;
    let Setup { config, strategy } = (reached.set_up)(&application, database.url());
    let newer = Tenancy::connect(&config, strategy, with_note()).await.unwrap();
    migrate(&newer).await;
    load.goes_on(80).await;
    let known = load.end().await;
    known.check(&tenancy, &tenants).await;
    let acme = newer.registry().tenant(&slug("acme")).await.unwrap();
    let acme = newer.connection(&acme).await.unwrap();
    acme.execute_unprepared("UPDATE customer SET note = 'seen'").await.unwrap();
}

/// A transaction that meets a statement which the server has outlived fails, and the next one does not.
/// The world has `database.max_connections = 1`.
pub async fn transactions_outlive_a_change(world: &World, alter: &str) {
    let acme = world.connection(&world.acme).await;
    let sql = "SELECT * FROM customer";
    let select = || Statement::from_string(DbBackend::Postgres, sql);
    let raw = world.raw().await;
    let in_transaction = async || {
        let transaction = acme.begin().await?;
        let rows = transaction.query_all_raw(select()).await?;
        transaction.commit().await?;
        Ok::<_, sea_orm::DbErr>(rows)
    };
    in_transaction().await.unwrap();
    raw.execute_unprepared(alter).await.unwrap();
    let outlived = in_transaction().await.unwrap_err();
    assert_eq!(crate::migrate::retry::code(&outlived).as_deref(), Some("0A000"), "{outlived:?}");
    let rows = in_transaction().await.unwrap();
    assert!(rows[0].column_names().contains(&"changed".to_owned()));
}

/// Makes a test of each function of this module that needs nothing but a way to the server.
#[macro_export]
macro_rules! faults_suite {
    ($reached:path, $($name:ident),* $(,)?) => {
        $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $crate::testing::faults::$name($reached).await;
        })*
    };
}
