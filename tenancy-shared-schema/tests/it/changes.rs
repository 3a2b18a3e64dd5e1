//! Changes of the registry, seen by another process.

use std::path::Path;

use tenancy_core::testing::{Setup, TestBackend, changes};

use crate::contract::{configured, set_up};

tenancy_core::on_each_database!(
    changes,
    super::set_up,
    handles_end_with_the_service_in_every_process,
    what_is_remembered_follows_every_process,
    own_changes_are_known_at_once,
    a_tenant_that_was_kept_opens_nothing,
);

tenancy_core::on_mariadb!(
    changes,
    super::set_up,
    handles_end_with_the_service_in_every_process,
    what_is_remembered_follows_every_process,
    own_changes_are_known_at_once,
    a_tenant_that_was_kept_opens_nothing,
);

fn small(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("resolve.cache_size", "100")])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_are_nobodys_push_no_tenant_out() {
    for backend in TestBackend::ALL {
        changes::hosts_that_are_nobodys_push_no_tenant_out(backend, small).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_costs_nothing() {
    changes::what_is_remembered_costs_nothing(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_many_is_seen() {
    changes::a_change_of_many_is_seen(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_told_is_looked_at() {
    changes::what_is_not_told_is_looked_at(set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_forgets() {
    changes::a_lost_connection_forgets(set_up).await;
}
