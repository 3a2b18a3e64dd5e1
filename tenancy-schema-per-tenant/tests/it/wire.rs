//! What goes over the wire, counted between the client and the server.

use tenancy_core::testing::wire;

use crate::contract::set_up;

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
