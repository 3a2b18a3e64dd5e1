//! Real poolers before the server: what is refused, what is accepted, and that nothing is mixed up.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stderr,
    reason = "a function that proves something panics where it is not so, or says why it cannot"
)]

use sea_orm::{
    ConnectionTrait, EntityTrait,
    sqlx::{self, Connection as _, PgConnection},
};

use super::{
    TestBackend, TestDatabase, TestPooler,
    checking::of_code,
    load::{Client, Known, Weather},
    pgbouncer::Pooling,
    switch::Switch,
    world::{Setup, base, customer, migrate, new_tenant},
};
use crate::{Error, MigrateOptions, Result, Tenancy, Tenant};

/// How a strategy is set up where the application reaches its database by an address of its own.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// The address of a server for the application's role.
    pub role: fn(&str) -> String,
    /// The strategy for the application's address, and the one past any pooler.
    pub set_up: fn(&str, &str) -> Setup,
}

impl Reached {
    pub(super) async fn connect(self, application: &str, direct: &str) -> Result<Tenancy> {
        let Setup { config, strategy } = (self.set_up)(application, direct);
        Tenancy::connect(&config, strategy, base()).await
    }
}

/// Puts a pooler before a database; `None`, said aloud, where there is none to be had.
#[must_use]
pub fn pooler(url: &str, pooling: Pooling) -> Option<TestPooler> {
    match TestPooler::before(url, pooling) {
        Ok(pooler) => Some(pooler),
        Err(error) if error.is_unavailable() => {
            eprintln!("left out: {error}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// A database with four tenants, made past any pooler.
async fn with_tenants(reached: Reached) -> (TestDatabase, Vec<Tenant>) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let application = (reached.role)(database.url());
    let tenancy = reached.connect(&application, database.url()).await.unwrap();
    migrate(&tenancy).await;
    let mut tenants = Vec::new();
    for slug in ["acme", "globex", "initech", "umbrella"] {
        tenants.push(tenancy.create_tenant(&new_tenant(slug)).await.unwrap());
    }
    tenancy.close().await;
    (database, tenants)
}

/// Every way in which a pooler gives transactions other processes and does not keep prepared statements
/// apart.
fn untracked() -> Vec<Pooling> {
    let sizes = [1, 2, 3];
    let old = sizes.map(Pooling::untracked);
    let told = sizes.map(Pooling::told_not_to_track);
    let in_turn =
        [Pooling::untracked(3).round_robin(), Pooling::told_not_to_track(2).round_robin()];
    [&old[..], &told, &in_turn].concat()
}

/// A pooler that mixes up prepared statements is refused, by a finding that says what to do.
pub async fn untracked_poolers_are_refused(reached: Reached) {
    let (database, _) = with_tenants(reached).await;
    let application = (reached.role)(database.url());
    for pooling in untracked() {
        let Some(pooler) = pooler(&application, pooling) else { return };
        let refused = reached.connect(pooler.url(), database.url()).await;
        let Err(Error::UnsoundDatabase(findings)) = refused else {
            panic!("{pooling:?} is not refused: {refused:?}");
        };
        let found = of_code(&findings, "DBS009");
        assert_eq!((found.len(), findings.len()), (1, 1), "{pooling:?}: {findings}");
        let hint = found[0].hint.as_deref().unwrap_or_default();
        assert!(hint.contains("max_prepared_statements"), "{hint}");
    }
}

/// What is refused is dangerous: a client gets the answer to another client's statement.
pub async fn what_is_refused_mixes_up_answers(pooling: Pooling) {
    async fn ask(connection: &mut PgConnection, whose: &'static str) -> String {
        let sql = match whose {
            "acme" => "SELECT 'a row of acme'",
            _ => "SELECT 'a row of globex'",
        };
        sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
    }
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let Some(pooler) = pooler(database.url(), pooling) else { return };
    let mut acme = PgConnection::connect(pooler.url()).await.unwrap();
    let mut globex = PgConnection::connect(pooler.url()).await.unwrap();
    // Each has its statement prepared in a process of its own, under the same name.
    sqlx::raw_sql("BEGIN").execute(&mut acme).await.unwrap();
    assert_eq!(ask(&mut globex, "globex").await, "a row of globex");
    assert_eq!(ask(&mut acme, "acme").await, "a row of acme");
    sqlx::raw_sql("COMMIT").execute(&mut acme).await.unwrap();
    // The process that was let go last is the next to be given out.
    assert_eq!(ask(&mut globex, "globex").await, "a row of acme");
}

/// A pooler that keeps prepared statements apart is accepted, and so is one that pools by session.
pub async fn other_poolers_are_accepted(reached: Reached) {
    let (database, tenants) = with_tenants(reached).await;
    let application = (reached.role)(database.url());
    let accepted = [Pooling::tracking(1), Pooling::tracking(3).round_robin()];
    let by_session = [Pooling::untracked(8).by_session(), Pooling::tracking(8).by_session()];
    for pooling in accepted.into_iter().chain(by_session) {
        let Some(pooler) = pooler(&application, pooling) else { return };
        let tenancy = reached.connect(pooler.url(), database.url()).await.unwrap();
        let acme = tenancy.connection(&tenants[0]).await.unwrap();
        assert_eq!(customer::Entity::find().all(&acme).await.unwrap(), [], "{pooling:?}");
        tenancy.close().await;
    }
}

/// Migrations need to pass by a pooler that gives transactions other processes.
pub async fn migrations_pass_by_poolers(reached: Reached) {
    let (database, _) = with_tenants(reached).await;
    let Some(pooler) = pooler(database.url(), Pooling::tracking(2)) else { return };
    let application = (reached.role)(pooler.url());
    if application != pooler.url() {
        // The pooler lets in one role, and this strategy has two.
        return;
    }
    let pooled = reached.connect(&application, pooler.url()).await.unwrap();
    let options = MigrateOptions::default();
    let refused = pooled.migrate(&options, |_| {}).await;
    assert!(matches!(refused, Err(Error::PooledDirect)), "{refused:?}");
    let resumed = pooled.resume_migration(None, &options, |_| {}).await;
    assert!(matches!(resumed, Err(Error::PooledDirect)), "{resumed:?}");
    let past = reached.connect(&application, database.url()).await.unwrap();
    migrate(&past).await;
}

/// Sixteen clients on two processes, with transactions and work that is cut off: nothing is mixed up.
pub async fn nothing_is_mixed_up(reached: Reached) {
    const APPLICATIONS: u64 = 4;
    const PIECES: u32 = 500;
    let (database, tenants) = with_tenants(reached).await;
    let application = (reached.role)(database.url());
    let Some(pooler) = pooler(&application, Pooling::tracking(2)) else { return };
    let mut clients = Vec::new();
    for of in 0..APPLICATIONS {
        let tenancy = reached.connect(pooler.url(), database.url()).await.unwrap();
        for at in 0..4 {
            let seed = of * 4 + at;
            let client = Client::new(&format!("c{seed}"), &tenancy, &tenants, seed).await;
            let weather = if at < 3 { Weather::Fair } else { Weather::Cuts };
            clients.push(tokio::spawn(client.run(PIECES, weather)));
        }
    }
    let mut known = Known::default();
    for client in clients {
        known = known.and(client.await.unwrap());
    }
    eprintln!("{} statements, {} pieces cut off", known.statements, known.cut);
    assert!(known.statements > 10_000 && known.cut > 50, "too little was done: {known:?}");
    let direct = reached.connect(&application, database.url()).await.unwrap();
    known.check(&direct, &tenants).await;
    let raw = database.connect().await.unwrap();
    super::faults::nothing_is_left_open(&raw).await;
}

/// A pooler that is put before the server under an application: what is asked of tenants is refused, and
/// goes on when it has gone.
pub async fn poolers_that_come_later_are_refused(reached: Reached) {
    let (database, tenants) = with_tenants(reached).await;
    let application = (reached.role)(database.url());
    let Some(bad) = pooler(&application, Pooling::untracked(2)) else { return };
    let Some(good) = pooler(&application, Pooling::tracking(2)) else { return };
    let switch = Switch::to(&application).await;
    let tenancy = reached.connect(switch.url(), database.url()).await.unwrap();
    let acme = tenancy.connection(&tenants[0]).await.unwrap();
    let all = || async { customer::Entity::find().all(&acme).await };
    assert_eq!(all().await.unwrap(), []);
    switch.lead_to(bad.url());
    // Whoever speaks on a connection that was cut off learns that first.
    let refused = loop {
        match all().await {
            Ok(rows) => panic!("{rows:?} came through a pooler that mixes up statements"),
            Err(error) => {
                if let Some(error) = Error::from_db_err(&error) {
                    break error.clone();
                }
            }
        }
    };
    let Error::UnsoundDatabase(findings) = &refused else { panic!("{refused:?}") };
    assert_eq!(of_code(findings, "DBS009").len(), 1, "{findings}");
    let opened = tenancy.connection(&tenants[1]).await;
    assert!(matches!(opened, Err(Error::UnsoundDatabase(_))), "{opened:?}");
    // One that keeps them apart is none that is refused, nor is the server itself.
    for url in [good.url(), &application] {
        switch.lead_to(url);
        while all().await.is_err() {
            tokio::task::yield_now().await;
        }
        assert_eq!(all().await.unwrap(), []);
    }
    let raw = database.connect().await.unwrap();
    raw.execute_unprepared("SELECT 1").await.unwrap();
}

/// Makes a test of each function of this module.
#[macro_export]
macro_rules! pooling_suite {
    ($reached:path, $($name:ident),* $(,)?) => {
        $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $crate::testing::pooling::$name($reached).await;
        })*
    };
}
