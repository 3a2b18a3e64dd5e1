//! Sessions on a real server.

use futures_util::{FutureExt as _, StreamExt as _};
use sea_orm::{AccessMode, ConnectionTrait, DbBackend, IsolationLevel, TransactionOptions};
use tokio::time::timeout;

use super::*;
use crate::{
    databases::{PoolOptions, open_pool},
    testing::{TestBackend, TestDatabase},
};

/// No test waits for as long as this.
const LONG: Duration = Duration::from_secs(600);

/// The sessions of a pool on a database of its own, all of which may lie at hand.
struct Pool {
    sessions: Arc<Sessions>,
    connection: DatabaseConnection,
    database: TestDatabase,
}

/// Holds up whatever asks for it, until it is opened: a lock that a connection of its own has.
struct Gate(DatabaseConnection);

/// What waits at the gate.
const AT_THE_GATE: &str = "pg_advisory_xact_lock_shared(1)";

impl Gate {
    async fn shut(&self) {
        self.0.execute_unprepared("SELECT pg_advisory_lock(1)").await.unwrap();
    }

    async fn open(&self) {
        self.0.execute_unprepared("SELECT pg_advisory_unlock(1)").await.unwrap();
    }

    /// Waits until so many wait at it.
    async fn until(&self, waiting: i64) {
        let sql = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database \
                   WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database()";
        let come = async {
            loop {
                let row = self.0.query_one_raw(statement(sql)).await.unwrap().unwrap();
                if row.try_get_by_index::<i64>(0).unwrap() == waiting {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(60), come).await.unwrap();
    }
}

impl Pool {
    async fn open(max_connections: u32, rest: Duration, lease: Duration) -> Self {
        let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
        let options = PoolOptions { max_connections, acquire_timeout: Duration::from_secs(30) };
        let connection = open_pool(database.url(), options).await.unwrap();
        let pool = connection.get_postgres_connection_pool();
        let sessions = Sessions::of(pool, max_connections, [rest, lease]);
        Self { sessions, connection, database }
    }

    async fn number(&self, sql: &str) -> i32 {
        let row = self.sessions.query_one_raw(statement(sql)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    async fn process(&self) -> i32 {
        self.number("SELECT pg_backend_pid()").await
    }

    fn idle_in_pool(&self) -> usize {
        self.sessions.pool.num_idle()
    }

    /// Waits until there are so many at hand, idle in the pool, and open at all.
    async fn until(&self, at_hand: usize, idle: usize, open: u32) {
        let numbers = || (self.sessions.at_hand(), self.idle_in_pool(), self.sessions.pool.size());
        let come = async {
            while numbers() != (at_hand, idle, open) {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let came = timeout(Duration::from_secs(60), come).await;
        assert!(came.is_ok(), "{:?} instead of {:?}", numbers(), (at_hand, idle, open));
    }

    async fn gate(&self) -> Gate {
        let options = PoolOptions { max_connections: 1, acquire_timeout: Duration::from_secs(30) };
        Gate(open_pool(self.database.url(), options).await.unwrap())
    }

    async fn begin(&self) -> SessionTransaction {
        let session = self.sessions.take().await.unwrap();
        SessionTransaction::begin(session, TransactionOptions::default(), "").await.unwrap()
    }
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}

#[tokio::test]
async fn what_has_answered_is_at_hand_for_the_next() {
    let pool = Pool::open(3, LONG, LONG).await;
    pool.until(0, 1, 1).await;
    let first = pool.process().await;
    assert_eq!((pool.sessions.at_hand(), pool.idle_in_pool()), (1, 0));
    assert_eq!(pool.process().await, first);
    assert_eq!((pool.sessions.at_hand(), pool.idle_in_pool()), (1, 0));
}

#[tokio::test]
async fn what_nobody_wants_goes_back() {
    let pool = Pool::open(3, Duration::from_millis(1), LONG).await;
    for _ in 0..2 {
        pool.process().await;
        pool.until(0, 1, 1).await;
    }
}

#[tokio::test]
async fn what_was_kept_for_long_goes_back_though_it_is_wanted() {
    let pool = Pool::open(3, LONG, Duration::ZERO).await;
    pool.process().await;
    assert_eq!(pool.sessions.at_hand(), 0);
    pool.until(0, 1, 1).await;
}

#[tokio::test]
async fn what_has_failed_goes_back() {
    let pool = Pool::open(3, LONG, LONG).await;
    let failed = pool.sessions.query_one_raw(statement("SELECT 1 / 0")).await;
    assert!(matches!(failed, Err(DbErr::Query(RuntimeErr::SqlxError(_)))), "{failed:?}");
    assert_eq!(pool.sessions.at_hand(), 0);
    pool.until(0, 1, 1).await;
}

#[tokio::test]
async fn what_nobody_waited_for_goes_back_and_answers_nobody_else() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.process().await;
    let gate = pool.gate().await;
    gate.shut().await;
    let held = statement(&format!("SELECT 3 FROM {AT_THE_GATE}"));
    assert!(pool.sessions.query_one_raw(held).now_or_never().is_none());
    assert_eq!(pool.sessions.at_hand(), 0);
    gate.open().await;
    assert_eq!(pool.number("SELECT 7").await, 7);
}

#[tokio::test]
async fn only_so_many_lie_at_hand() {
    let pool = Pool::open(3, LONG, LONG).await;
    let sessions = Sessions::of(&pool.sessions.pool, 1, [LONG, LONG]);
    let [first, second] = [sessions.take().await.unwrap(), sessions.take().await.unwrap()];
    first.rest();
    second.rest();
    assert_eq!(sessions.at_hand(), 1);
    pool.until(0, 1, 2).await;
}

#[tokio::test]
async fn there_is_room_for_whoever_takes_from_the_pool() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.process().await;
    pool.sessions.make_room().await;
    assert_eq!((pool.sessions.at_hand(), pool.idle_in_pool()), (0, 1));
    pool.connection.ping().await.unwrap();
}

#[tokio::test]
async fn whoever_waits_in_the_pool_comes_first() {
    let pool = Pool::open(1, LONG, LONG).await;
    let sessions = Sessions::of(&pool.sessions.pool, 1, [LONG, LONG]);
    let session = sessions.take().await.unwrap();
    // The others have a permit each, so that both wait for the one connection.
    let waiting = Waiting::among(&sessions.waiting);
    session.rest();
    assert_eq!(sessions.at_hand(), 0);
    drop(waiting);
    pool.until(0, 1, 1).await;
    sessions.take().await.unwrap().rest();
    assert_eq!(sessions.at_hand(), 1);
}

#[tokio::test]
async fn statements_wait_for_each_other() {
    let pool = Pool::open(2, LONG, LONG).await;
    let gate = pool.gate().await;
    gate.shut().await;
    let statements = (0..50).map(|number| {
        let sql = format!("SELECT {number} FROM {AT_THE_GATE}");
        let pool = &pool;
        async move { assert_eq!(pool.number(&sql).await, number) }
    });
    // Both are at work before either has answered: nobody waits for a connection to be opened then.
    let opening = async {
        gate.until(2).await;
        gate.open().await;
    };
    tokio::join!(futures_util::future::join_all(statements), opening);
    assert_eq!(pool.sessions.pool.size(), 2);
    pool.until(2, 0, 2).await;
}

#[tokio::test]
async fn a_closed_pool_has_no_session() {
    let pool = Pool::open(2, LONG, LONG).await;
    pool.process().await;
    let closing = pool.sessions.pool.close();
    let refused = pool.sessions.take().await;
    let is_closed =
        matches!(refused, Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)));
    assert!(is_closed, "{refused:?}");
    // It waits for all of them, also for what lay at hand.
    timeout(Duration::from_secs(60), closing).await.unwrap();
}

#[tokio::test]
async fn who_waits_too_long_is_told_so() {
    let pool = Pool::open(1, LONG, LONG).await;
    let mut options = pool.sessions.pool.options().clone();
    options = options.acquire_timeout(Duration::from_millis(20));
    let small = options.connect_lazy_with((*pool.sessions.pool.connect_options()).clone());
    let sessions = Sessions::of(&small, 1, [LONG, LONG]);
    let _taken = pool.sessions.take().await.unwrap();
    let _permit = Arc::clone(&sessions.free).acquire_owned().await.unwrap();
    let waited = sessions.take().await;
    let is_timeout = matches!(waited, Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)));
    assert!(is_timeout, "{waited:?}");
}

#[test]
fn sessions_may_outlive_their_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let pool = first.block_on(async {
        let pool = Pool::open(3, LONG, LONG).await;
        let session = pool.sessions.take().await.unwrap();
        pool.process().await;
        (pool, session)
    });
    drop(first);
    let (pool, session) = pool;
    drop(session);
    assert_eq!(pool.sessions.at_hand(), 1);
    drop(pool.sessions);
    // A database is dropped in a runtime.
    let second = runtime();
    let _within = second.enter();
    drop(pool.connection);
}

#[tokio::test]
async fn a_transaction_gives_its_session_back() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.begin().await.commit().await.unwrap();
    assert_eq!(pool.sessions.at_hand(), 1);
    pool.begin().await.rollback().await.unwrap();
    assert_eq!(pool.sessions.at_hand(), 1);
}

#[tokio::test]
async fn a_transaction_that_nobody_ends_is_rolled_back_before_anybody_gets_its_session() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.sessions.execute_unprepared("CREATE TABLE note (id int)").await.unwrap();
    let before = pool.process().await;
    let transaction = pool.begin().await;
    transaction.execute_unprepared("INSERT INTO note VALUES (1)").await.unwrap();
    drop(transaction);
    assert_eq!(pool.number("SELECT count(*)::int FROM note").await, 0);
    // Also while something is under way in it.
    let transaction = pool.begin().await;
    let gate = pool.gate().await;
    gate.shut().await;
    let held = format!("INSERT INTO note SELECT 2 FROM {AT_THE_GATE}");
    assert!(transaction.execute_unprepared(&held).now_or_never().is_none());
    drop(transaction);
    gate.open().await;
    assert_eq!(pool.number("SELECT count(*)::int FROM note").await, 0);
    // And its end.
    let transaction = pool.begin().await;
    transaction.execute_unprepared("INSERT INTO note VALUES (3)").await.unwrap();
    drop(transaction.rollback().now_or_never());
    assert_eq!(pool.number("SELECT count(*)::int FROM note").await, 0);
    assert_eq!(pool.process().await, before, "no connection was lost by it");
}

#[tokio::test]
async fn what_is_cut_off_while_it_begins_is_closed() {
    let pool = Pool::open(1, LONG, LONG).await;
    let before = pool.process().await;
    let session = pool.sessions.take().await.unwrap();
    let gate = pool.gate().await;
    gate.shut().await;
    let (options, held) = (TransactionOptions::default(), format!("SELECT {AT_THE_GATE}"));
    assert!(SessionTransaction::begin(session, options, &held).now_or_never().is_none());
    gate.open().await;
    assert_ne!(pool.process().await, before);
    let session = pool.sessions.take().await.unwrap();
    let options = TransactionOptions::default();
    let refused = SessionTransaction::begin(session, options, "SELECT 1 / 0").await;
    assert!(refused.is_err());
    assert_eq!(pool.number("SELECT 7").await, 7);
}

#[tokio::test]
async fn a_refused_commit_ends_the_transaction() {
    let pool = Pool::open(1, LONG, LONG).await;
    let table = "CREATE TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    pool.sessions.execute_unprepared(table).await.unwrap();
    let before = pool.process().await;
    let transaction = pool.begin().await;
    transaction.execute_unprepared("INSERT INTO once VALUES (1), (1)").await.unwrap();
    let refused = transaction.commit().await;
    assert!(matches!(refused, Err(DbErr::Query(_))), "{refused:?}");
    assert_eq!(pool.number("SELECT count(*)::int FROM once").await, 0);
    assert_eq!(pool.process().await, before, "its connection is as good as before");
}

#[tokio::test]
async fn savepoints_end_by_themselves() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.sessions.execute_unprepared("CREATE TABLE note (id int)").await.unwrap();
    let note = |id: i32| format!("INSERT INTO note VALUES ({id})");
    let outer = pool.begin().await;
    outer.execute_unprepared(&note(1)).await.unwrap();
    let within = outer.within(TransactionOptions::default()).await.unwrap();
    within.execute_unprepared(&note(2)).await.unwrap();
    let innermost = within.within(TransactionOptions::default()).await.unwrap();
    innermost.execute_unprepared(&note(4)).await.unwrap();
    innermost.commit().await.unwrap();
    within.rollback().await.unwrap();
    let within = outer.within(TransactionOptions::default()).await.unwrap();
    within.execute_unprepared(&note(8)).await.unwrap();
    within.commit().await.unwrap();
    let refused = outer
        .within(TransactionOptions {
            isolation_level: Some(IsolationLevel::Serializable),
            ..TransactionOptions::default()
        })
        .await;
    assert!(refused.is_err(), "the server takes no isolation level there");
    outer.commit().await.unwrap();
    assert_eq!(pool.number("SELECT sum(id)::int FROM note").await, 9);
}

/// What fails when the gate is opened, and nobody waits for it any more.
fn fails_later() -> String {
    format!("SELECT 1 / length({AT_THE_GATE}::text)")
}

#[tokio::test]
async fn the_failure_of_what_was_cut_off_is_no_answer_to_the_end() {
    let pool = Pool::open(1, LONG, LONG).await;
    let gate = pool.gate().await;
    for how in ["dropped", "rolled back", "committed", "streamed"] {
        let transaction = pool.begin().await;
        if how == "streamed" {
            let mut reader = transaction.reader().await.unwrap();
            let rows = "SELECT 1 / length(repeat('a', 3 - g)) FROM generate_series(1, 3) g";
            let mut rows = Box::pin(reader.stream_raw(statement(rows)).unwrap());
            assert!(rows.next().await.unwrap().is_ok());
        } else {
            gate.shut().await;
            assert!(transaction.execute_unprepared(&fails_later()).now_or_never().is_none());
            gate.open().await;
        }
        match how {
            "rolled back" => transaction.rollback().await.unwrap(),
            "committed" => {
                let refused = transaction.commit().await;
                assert!(matches!(refused, Err(DbErr::Query(_))), "{refused:?}");
            }
            _ => drop(transaction),
        }
        assert_eq!(pool.number("SELECT 7").await, 7, "{how}");
        let open = "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in transaction%'";
        assert_eq!(pool.number(open).await, 0, "{how}");
    }
}

#[tokio::test]
async fn what_is_around_a_savepoint_goes_on_without_it() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.sessions.execute_unprepared("CREATE TABLE note (id int)").await.unwrap();
    let outer = pool.begin().await;
    let within = outer.within(TransactionOptions::default()).await.unwrap();
    within.execute_unprepared("INSERT INTO note VALUES (1)").await.unwrap();
    assert!(within.execute_unprepared("SELECT 1 / 0").await.is_err());
    assert!(within.commit().await.is_err());
    outer.execute_unprepared("INSERT INTO note VALUES (2)").await.unwrap();
    let within = outer.within(TransactionOptions::default()).await.unwrap();
    let gate = pool.gate().await;
    gate.shut().await;
    assert!(within.execute_unprepared(&fails_later()).now_or_never().is_none());
    gate.open().await;
    within.rollback().await.unwrap();
    outer.execute_unprepared("INSERT INTO note VALUES (4)").await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(pool.number("SELECT sum(id)::int FROM note").await, 6);
}

#[tokio::test]
async fn a_savepoint_that_cannot_be_made_takes_nothing_back() {
    let pool = Pool::open(1, LONG, LONG).await;
    pool.sessions.execute_unprepared("CREATE TABLE note (id int UNIQUE)").await.unwrap();
    let outer = pool.begin().await;
    outer.execute_unprepared("INSERT INTO note VALUES (1)").await.unwrap();
    let within = outer.within(TransactionOptions::default()).await.unwrap();
    within.rollback().await.unwrap();
    outer.execute_unprepared("INSERT INTO note VALUES (2)").await.unwrap();
    assert!(outer.execute_unprepared("INSERT INTO note VALUES (1)").await.is_err());
    assert!(outer.within(TransactionOptions::default()).await.is_err());
    assert!(outer.execute_unprepared("INSERT INTO note VALUES (3)").await.is_err());
    // As ever, the server says that it has rolled back by doing so.
    outer.commit().await.unwrap();
    assert_eq!(pool.number("SELECT count(*)::int FROM note").await, 0);
}

#[test]
fn what_a_savepoint_was_lost_in_is_not_committed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (pool, outer, within) = runtime.block_on(async {
        let pool = Pool::open(1, LONG, LONG).await;
        pool.sessions.execute_unprepared("CREATE TABLE note (id int)").await.unwrap();
        let outer = pool.begin().await;
        let within = outer.within(TransactionOptions::default()).await.unwrap();
        within.execute_unprepared("INSERT INTO note VALUES (1)").await.unwrap();
        (pool, outer, within)
    });
    drop(within);
    runtime.block_on(async move {
        let refused = outer.commit().await;
        assert!(matches!(refused, Err(DbErr::Custom(_))), "{refused:?}");
        assert_eq!(pool.number("SELECT count(*)::int FROM note").await, 0);
    });
}

#[test]
fn a_transaction_that_is_left_without_a_runtime_is_rolled_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (pool, transaction) = runtime.block_on(async {
        let pool = Pool::open(1, LONG, LONG).await;
        pool.sessions.execute_unprepared("CREATE TABLE note (id int)").await.unwrap();
        let transaction = pool.begin().await;
        transaction.execute_unprepared("INSERT INTO note VALUES (1)").await.unwrap();
        (pool, transaction)
    });
    drop(transaction);
    runtime.block_on(async move {
        assert_eq!(pool.number("SELECT count(*)::int FROM note").await, 0);
    });
}

#[tokio::test]
async fn modes_go_with_the_beginning() {
    let pool = Pool::open(1, LONG, LONG).await;
    let session = pool.sessions.take().await.unwrap();
    let options = TransactionOptions {
        isolation_level: Some(IsolationLevel::RepeatableRead),
        access_mode: Some(AccessMode::ReadOnly),
        ..TransactionOptions::default()
    };
    let then = "SELECT set_config('a.b', 'it''s', true)";
    let transaction = SessionTransaction::begin(session, options, then).await.unwrap();
    let modes = "SELECT concat_ws(', ', current_setting('transaction_isolation'), \
                 current_setting('transaction_read_only'), current_setting('a.b'))";
    let row = transaction.query_one_raw(statement(modes)).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "repeatable read, on, it's");
    transaction.rollback().await.unwrap();
}
