//! The two-tenant oracle over the corpus and over generated statements.

use tenancy_core::testing::{
    TestBackend,
    oracle::{self, corpus_is_scoped, generated_statements_are_scoped},
};

use crate::contract::set_up;

/// Runs as many statements as a longer run asks for, from the seed that it names.
async fn generated_statements_are_scoped_on(backend: TestBackend) {
    let statements = oracle::statements();
    let tally = generated_statements_are_scoped(backend, set_up, oracle::seed(), statements).await;
    println!("{backend}: {tally:?}");
    // A generator whose statements fail or are refused says nothing about the others.
    assert!(tally.equal * 10 > statements * 7, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_corpus_is_scoped_on_sqlite() {
    corpus_is_scoped(TestBackend::Sqlite, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_corpus_is_scoped_on_postgres() {
    corpus_is_scoped(TestBackend::Postgres, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_corpus_is_scoped_on_mariadb() {
    corpus_is_scoped(TestBackend::MariaDb, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_statements_are_scoped_on_mariadb() {
    generated_statements_are_scoped_on(TestBackend::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_statements_are_scoped_on_sqlite() {
    generated_statements_are_scoped_on(TestBackend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_statements_are_scoped_on_postgres() {
    generated_statements_are_scoped_on(TestBackend::Postgres).await;
}
