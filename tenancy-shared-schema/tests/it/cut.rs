//! Work that is cut off.

use std::path::Path;

use tenancy_core::testing::Setup;

use crate::contract::configured;

fn set_up(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &[("database.max_connections", "1")])
}

tenancy_core::on_each_database!(cut, super::set_up, a_begin_that_is_cut_off_leaves_no_transaction,);
tenancy_core::on_mariadb!(cut, super::set_up, a_begin_that_is_cut_off_leaves_no_transaction,);
