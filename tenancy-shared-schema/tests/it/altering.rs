//! Tables are altered with the rows of tenants in them.

use tenancy_core::testing::{
    TestBackend,
    altering::{
        alterations_are_taken_back, altered_tables_keep_their_rows,
        what_does_not_fit_changes_nothing,
    },
};

use crate::contract::set_up;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_kept_on_sqlite() {
    altered_tables_keep_their_rows(TestBackend::Sqlite, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_kept_on_postgres() {
    altered_tables_keep_their_rows(TestBackend::Postgres, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_half_is_done_on_sqlite() {
    what_does_not_fit_changes_nothing(TestBackend::Sqlite, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_half_is_done_on_postgres() {
    what_does_not_fit_changes_nothing(TestBackend::Postgres, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_back_on_sqlite() {
    alterations_are_taken_back(TestBackend::Sqlite, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_back_on_postgres() {
    alterations_are_taken_back(TestBackend::Postgres, set_up).await;
}
