//! Work that is dropped before it ends, as a request is whose client has gone.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use std::{future::poll_fn, pin::pin, task::Poll};

use futures_util::TryStreamExt as _;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, Set, Statement, StreamTrait, TransactionTrait,
};

use super::{
    TestBackend,
    load::{Client, Known, Weather},
    world::{SetUp, World, base, customer, rows},
};
use crate::{Error, TenantConnection, TenantDdl, TenantTransaction};

/// Goes on with work for so many polls at most, and drops it then; what came of it if it ended before.
pub(crate) async fn cut_after<T>(polls: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// A transaction that is not let begin to the end is none: what is written after it on the same
/// connection is committed. The set-up has `database.max_connections = 1`.
pub async fn a_begin_that_is_cut_off_leaves_no_transaction(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let again = world.again(base()).await;
    let seen = again.connection(&world.acme).await.unwrap();
    for polls in 1..12 {
        cut_after(polls, acme.begin()).await;
        let new = customer::ActiveModel {
            email: Set(format!("{polls}@example.com")),
            name: Set("after a cut".to_owned()),
            ..Default::default()
        };
        let id = customer::Entity::insert(new).exec(&acme).await.unwrap().last_insert_id;
        let found = customer::Entity::find_by_id(id).one(&seen).await.unwrap();
        assert!(found.is_some(), "what was written after {polls} polls is not committed");
    }
}

/// Demands that nobody's transaction holds a row any more, when what was dropped has been rolled back,
/// and that who gets a connection is in none; on MariaDB.
async fn nothing_is_left_open(world: &World) {
    let raw = world.raw().await;
    let ask = |sql: &str| Statement::from_string(DbBackend::MySql, sql);
    // It waits for whoever holds one.
    let hold = |place: String| ask(&format!("SELECT id FROM {place}customer FOR UPDATE"));
    match world.tenancy.strategy().tenant_ddl() {
        TenantDdl::Once => drop(raw.query_all_raw(hold(String::new())).await.unwrap()),
        TenantDdl::PerTenant => {
            for tenant in [&world.acme, &world.globex] {
                let place = format!("`{}`.", tenant.physical_name);
                raw.query_all_raw(hold(place)).await.unwrap();
            }
        }
    }
    let data = &world.tenancy.databases().data;
    let is_in_one = ask("SELECT CAST(@@in_transaction AS SIGNED)");
    let row = data.query_one_raw(is_in_one).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "a transaction was left open");
}

/// What is cut off in a transaction.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Write,
    Read,
    Stream,
    Savepoint,
    SavepointsEnd,
    Rollback,
}

impl Cut {
    const ALL: [Self; 6] = [
        Self::Write,
        Self::Read,
        Self::Stream,
        Self::Savepoint,
        Self::SavepointsEnd,
        Self::Rollback,
    ];
}

/// A statement that the connection has not prepared yet.
fn unknown<C: ConnectionTrait>(connection: &C, sql: &str, at: u32) -> Statement {
    let sql = format!("{sql} AND {at} = {at}");
    Statement::from_sql_and_values(connection.get_database_backend(), sql, ["x".into()])
}

/// Goes on with something in a transaction for so many polls; the transaction, if it is still there.
async fn cut_in(
    transaction: TenantTransaction,
    what: Cut,
    (at, polls): (u32, u32),
) -> Option<TenantTransaction> {
    let select = unknown(&transaction, "SELECT * FROM customer WHERE name <> ?", at);
    match what {
        Cut::Write => {
            let sql = "UPDATE customer SET name = 'cut' WHERE name <> ?";
            let update = unknown(&transaction, sql, at);
            cut_after(polls, transaction.execute_raw(update)).await;
        }
        Cut::Read => drop(cut_after(polls, transaction.query_all_raw(select)).await),
        Cut::Stream => {
            let work = async {
                let rows = transaction.stream_raw(select).await?;
                rows.try_collect::<Vec<_>>().await
            };
            drop(cut_after(polls, work).await);
        }
        Cut::Savepoint => drop(cut_after(polls, transaction.begin()).await),
        Cut::SavepointsEnd => {
            let within = transaction.begin().await.unwrap();
            cut_after(polls, within.rollback()).await;
        }
        Cut::Rollback => {
            cut_after(polls, transaction.rollback()).await;
            return None;
        }
    }
    Some(transaction)
}

async fn add<C: ConnectionTrait>(connection: &C, name: &str) {
    let new = customer::ActiveModel {
        email: Set(format!("{name}@example.com")),
        name: Set(name.to_owned()),
        ..Default::default()
    };
    customer::Entity::insert(new).exec(connection).await.unwrap();
}

/// Writes a row in a transaction that ends without being committed, cut off in the midst of what comes
/// next.
async fn go_away(tenant: &TenantConnection, what: Cut, at: (u32, u32)) {
    let transaction = tenant.begin().await.unwrap();
    add(&transaction, &format!("{what:?}-{}", at.0)).await;
    drop(cut_in(transaction, what, at).await);
}

/// Whatever is cut off in a transaction: nothing of it stays, and who gets the connection next, of the
/// same tenant or of another one, sees its own rows, in no transaction of somebody else's. The set-up has
/// `database.max_connections = 1`.
pub async fn what_is_cut_off_in_a_transaction_is_gone(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let (ours, theirs) = (rows(&acme).await, rows(&globex).await);
    let mut at = 0;
    for what in Cut::ALL {
        for polls in 1..8 {
            at += 1;
            go_away(&acme, what, (at, polls)).await;
            assert_eq!(rows(&globex).await, theirs, "{what:?} after {polls} polls");
            go_away(&globex, what, (at, polls)).await;
            assert_eq!(rows(&globex).await, theirs, "{what:?} after {polls} polls");
            assert_eq!(rows(&acme).await, ours, "{what:?} after {polls} polls");
            nothing_is_left_open(&world).await;
        }
    }
}

/// A transaction goes on behind something in it that was cut off: all of it is there when it is
/// committed, and none of it when it is rolled back. The set-up has `database.max_connections = 1`.
pub async fn a_transaction_goes_on_behind_a_cut(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let theirs = rows(&globex).await;
    let mut at = 0;
    for what in [Cut::Read, Cut::Stream, Cut::Savepoint, Cut::SavepointsEnd] {
        for polls in 1..8 {
            for is_kept in [false, true] {
                at += 1;
                let before = rows(&acme).await.0.len();
                let transaction = acme.begin().await.unwrap();
                add(&transaction, &format!("before-{at}")).await;
                let transaction = cut_in(transaction, what, (at, polls)).await.unwrap();
                add(&transaction, &format!("behind-{at}")).await;
                let added = if is_kept {
                    transaction.commit().await.unwrap();
                    2
                } else {
                    transaction.rollback().await.unwrap();
                    0
                };
                let after = rows(&acme).await.0.len();
                assert_eq!(after, before + added, "{what:?} after {polls} polls");
                assert_eq!(rows(&globex).await, theirs, "{what:?} after {polls} polls");
            }
        }
    }
}

/// A transaction is not committed past one within it, which would be left without its savepoint.
pub async fn a_transaction_ends_after_those_within_it(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let before = rows(&acme).await;
    let outer = acme.begin().await.unwrap();
    add(&outer, "outer").await;
    let inner = outer.begin().await.unwrap();
    add(&inner, "inner").await;
    let refused = outer.commit().await.unwrap_err();
    let refused = Error::from_db_err(&refused);
    assert!(matches!(refused, Some(Error::TransactionWithin)), "{refused:?}");
    drop(inner);
    assert_eq!(rows(&acme).await, before);
}

/// Requests are dropped at whatever they wait for, over a pool of a few connections: nothing crosses,
/// nothing is left open, and nobody waits for a connection that does not come back.
pub async fn requests_are_cut_off_anywhere(backend: TestBackend, set_up: SetUp) {
    const CLIENTS: u64 = 6;
    let world = World::create(backend, set_up).await;
    let tenants = [world.acme.clone(), world.globex.clone()];
    for tenant in &tenants {
        super::world::invoice::Entity::delete_many()
            .exec(&world.connection(tenant).await)
            .await
            .unwrap();
        customer::Entity::delete_many().exec(&world.connection(tenant).await).await.unwrap();
    }
    let mut clients = Vec::new();
    for at in 0..CLIENTS {
        let client = Client::new(&format!("c{at}"), &world.tenancy, &tenants, at).await;
        clients.push(tokio::spawn(client.run(300, Weather::Cuts)));
    }
    let mut known = Known::default();
    for client in clients {
        known = known.and(client.await.unwrap());
    }
    assert!(known.cut > 100, "too little was cut off: {}", known.cut);
    known.check(&world.tenancy, &tenants).await;
    nothing_is_left_open(&world).await;
}
