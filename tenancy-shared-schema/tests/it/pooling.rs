//! Real poolers, and faults under load, with and without the second wall.

use tenancy_core::testing::{
    Setup,
    pgbouncer::Pooling,
    pooling::{Reached, what_is_refused_mixes_up_answers},
};

use crate::{contract::configured, wall};

/// A small pool, for whose connections many wait.
pub(crate) const SMALL: [(&str, &str); 2] =
    [("database.max_connections", "4"), ("database.acquire_timeout_seconds", "30")];

/// A pool that soon says when it gets no connections.
pub(crate) const IMPATIENT: [(&str, &str); 2] =
    [("database.max_connections", "4"), ("database.acquire_timeout_seconds", "3")];

fn set_up(application: &str, direct: &str) -> Setup {
    configured(application, None, &[&SMALL[..], &[("database.direct_url", direct)]].concat())
}

fn set_up_impatient(application: &str, direct: &str) -> Setup {
    configured(application, None, &[&IMPATIENT[..], &[("database.direct_url", direct)]].concat())
}

const REACHED: Reached = Reached { role: str::to_owned, set_up };

const SOON_TOLD: Reached = Reached { role: str::to_owned, set_up: set_up_impatient };

/// The same behind row-level security, by a role that it holds for.
const WALLED: Reached = Reached { role: wall::application, set_up: wall::reached };

const WALLED_SOON_TOLD: Reached =
    Reached { role: wall::application, set_up: wall::reached_soon_told };

tenancy_core::pooling_suite!(
    REACHED,
    untracked_poolers_are_refused,
    other_poolers_are_accepted,
    migrations_pass_by_poolers,
    nothing_is_mixed_up,
);

tenancy_core::pooling_suite!(SOON_TOLD, poolers_that_come_later_are_refused);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_pooler_mixes_up_answers() {
    what_is_refused_mixes_up_answers(Pooling::untracked(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_is_told_not_to_track_mixes_up_answers() {
    what_is_refused_mixes_up_answers(Pooling::told_not_to_track(2)).await;
}

mod walled {
    tenancy_core::pooling_suite!(super::WALLED, nothing_is_mixed_up);
    tenancy_core::pooling_suite!(super::WALLED_SOON_TOLD, poolers_that_come_later_are_refused);
}

mod faults {
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

mod walled_faults {
    tenancy_core::faults_suite!(
        super::WALLED,
        connections_that_are_killed_lose_nothing,
        requests_are_cut_off_anywhere,
        timeouts_end_one_statement,
    );
}
