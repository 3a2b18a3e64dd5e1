//! What goes over the wire, counted between the client and the server.

use std::path::{Path, PathBuf};

use tenancy_core::testing::{Setup, TestBackend, costs, wire};

use crate::contract::{configured, set_up};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_statement_sends_nothing() {
    wire::a_refused_statement_sends_nothing(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_costs_one_round_trip() {
    wire::a_statement_costs_one_round_trip(set_up).await;
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
async fn a_ready_place_costs_a_look_and_a_message() {
    wire::a_ready_place_costs_a_look_and_a_message(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_costs_little() {
    wire::a_start_costs_little(set_up).await;
}

/// What operations cost does not grow unseen: `SNAPSHOTS=overwrite` writes the tables again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_cost_what_the_table_says() {
    let mut costs = costs::of(with_few_connections).await;
    // Each tenant has statements of its own, and which of two connections knows them by then is for
    // the pool to choose.
    for cost in costs.iter_mut().filter(|cost| cost.operation == "request, tenant known") {
        cost.round_trips = None;
    }
    costs::cost_what_the_table_says(&costs, &table("costs.txt"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_cost_what_the_table_says_on_mariadb() {
    let costs = costs::on(TestBackend::MariaDb, with_one_connection).await;
    costs::cost_what_the_table_says(&costs, &table("costs_mariadb.txt"));
}

/// Each connection is sent the form of a statement once. How many there are is for the pool to choose,
/// which opens one more when another comes back late; with two, most of what is counted is not the first
/// of its connection.
fn with_few_connections(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("database.max_connections", "2")])
}

/// MariaDB does so for each tenant's statements anew, whichever connection they go over.
fn with_one_connection(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("database.max_connections", "1")])
}

fn table(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wire").join(name)
}
