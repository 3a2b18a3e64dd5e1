//! Real poolers, and faults under load.

use std::path::Path;

use tenancy_core::testing::{Setup, TestBackend, World, faults, pooling::Reached};

use crate::contract::configured;

/// A small pool, for whose connections many wait.
const SMALL: [(&str, &str); 2] =
    [("database.max_connections", "4"), ("database.acquire_timeout_seconds", "30")];

/// A pool that soon says when it gets no connections.
const IMPATIENT: [(&str, &str); 2] =
    [("database.max_connections", "4"), ("database.acquire_timeout_seconds", "3")];

fn set_up(application: &str, direct: &str) -> Setup {
    configured(application, None, &[&SMALL[..], &[("database.direct_url", direct)]].concat())
}

fn set_up_impatient(application: &str, direct: &str) -> Setup {
    configured(application, None, &[&IMPATIENT[..], &[("database.direct_url", direct)]].concat())
}

/// A single connection, which what comes next has to do with.
fn set_up_single(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("database.max_connections", "1")])
}

const REACHED: Reached = Reached { role: str::to_owned, set_up };

const SOON_TOLD: Reached = Reached { role: str::to_owned, set_up: set_up_impatient };

tenancy_core::pooling_suite!(
    REACHED,
    untracked_poolers_are_refused,
    other_poolers_are_accepted,
    migrations_pass_by_poolers,
    nothing_is_mixed_up,
);

tenancy_core::pooling_suite!(SOON_TOLD, poolers_that_come_later_are_refused);

mod faults_under_load {
    tenancy_core::faults_suite!(
        super::REACHED,
        a_server_that_is_restarted_loses_nothing,
        connections_that_are_killed_lose_nothing,
        requests_are_cut_off_anywhere,
        timeouts_end_one_statement,
        handles_never_reach_a_successor,
        tables_change_under_warm_connections,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_outlive_a_change() {
    let world = World::create(TestBackend::Postgres, set_up_single).await;
    let table = format!("{}.customer", world.acme.physical_name.quoted());
    let alter = format!("ALTER TABLE {table} ADD COLUMN changed integer");
    faults::transactions_outlive_a_change(&world, &alter).await;
}
