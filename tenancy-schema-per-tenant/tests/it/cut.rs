//! Work that is cut off.

use std::path::Path;

use tenancy_core::testing::Setup;

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
