//! With more configured than must be.

use std::path::Path;

use tenancy_core::testing::Setup;

use crate::contract::configured;

const VALUES: [(&str, &str); 3] = [
    ("migrate.fresh", "allow"),
    ("scope.functions", "pg_backend_pid,sqlite_version,connection_id"),
    ("scope.writable_tables", "currency"),
];

fn set_up(url: &str, directory: Option<&Path>) -> Setup {
    configured(url, directory, &VALUES)
}

tenancy_core::on_each_database!(
    configured,
    super::set_up,
    declared_functions_are_called,
    declared_tables_are_written,
    tables_are_made_anew,
);

tenancy_core::on_mariadb!(
    configured,
    super::set_up,
    declared_functions_are_called,
    declared_tables_are_written,
    tables_are_made_anew,
);
