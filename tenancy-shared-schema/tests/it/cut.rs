//! Work that is cut off.

use std::path::Path;

use futures_util::{FutureExt as _, StreamExt as _};
use sea_orm::{ConnectionTrait as _, Statement, StreamTrait as _, TransactionTrait as _};
use tenancy_core::testing::{Setup, TestBackend, world::World};

use crate::contract::configured;

fn set_up(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("database.max_connections", "1")])
}

tenancy_core::on_each_database!(
    cut,
    super::set_up,
    a_begin_that_is_cut_off_leaves_no_transaction,
    a_transaction_ends_after_those_within_it,
    a_transaction_goes_on_behind_a_cut,
);

tenancy_core::on_mariadb!(
    cut,
    super::set_up,
    a_begin_that_is_cut_off_leaves_no_transaction,
    a_transaction_ends_after_those_within_it,
    a_transaction_goes_on_behind_a_cut,
    requests_are_cut_off_anywhere,
    what_is_cut_off_in_a_transaction_is_gone,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_were_read_leave_their_transaction_to_others() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let acme = world.connection(&world.acme).await;
    let transaction = acme.begin().await.expect("a transaction");
    let select = Statement::from_string(acme.get_database_backend(), "SELECT name FROM customer");
    let mut rows = transaction.stream_raw(select).await.expect("a stream");
    let mut update = Box::pin(transaction.execute_unprepared("UPDATE customer SET name = name"));
    assert!((&mut update).now_or_never().is_none(), "it waits for whoever reads");
    let mut read = 0;
    while let Some(row) = rows.next().await {
        row.expect("a row");
        read += 1;
    }
    assert_eq!(read, 2);
    assert_eq!(update.await.expect("an update").rows_affected(), 2);
    drop(rows);
    transaction.commit().await.expect("a commit");
}
