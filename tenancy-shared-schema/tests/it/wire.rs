//! What goes over the wire, counted between the client and the server.

use tenancy_core::testing::{TestBackend, costs, wire};

use crate::contract::set_up;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_statement_sends_nothing() {
    wire::a_refused_statement_sends_nothing(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_statement_sends_nothing_to_mariadb() {
    wire::a_refused_statement_sends_nothing_to(TestBackend::MariaDb, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_costs_one_round_trip() {
    wire::a_statement_costs_one_round_trip(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_costs_one_round_trip_to_mariadb() {
    wire::a_statement_costs_one_round_trip_to(TestBackend::MariaDb, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_tenant_costs_one_message() {
    wire::a_new_tenant_costs_one_message(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_costs_what_it_does() {
    wire::a_run_costs_what_it_does(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_costs_little() {
    wire::a_start_costs_little(set_up).await;
}

/// What operations cost does not grow unseen: `SNAPSHOTS=overwrite` writes the table again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_cost_what_the_table_says() {
    let table = costs::table(&costs::of(set_up).await);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/wire/costs.txt");
    if std::env::var_os("SNAPSHOTS").is_some_and(|wish| wish == "overwrite") {
        std::fs::write(file, &table).expect("a table that can be written");
    }
    let known = std::fs::read_to_string(file).expect("a table of costs");
    assert!(table == known, "known:\n{known}\nnow:\n{table}");
}
