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
    // Tenants in files of their own only read what is shared.
    let values = if directory.is_some() { &VALUES[..2] } else { &VALUES };
    configured(url, directory, values)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_have_no_shared_table_to_write_to() {
    use tenancy_core::{
        Error,
        testing::{
            TestDatabase,
            world::{base, connect},
        },
    };

    let database = TestDatabase::sqlite().unwrap();
    let all = |url: &str, directory: Option<&Path>| configured(url, directory, &VALUES);
    let refused = connect(all, &database, base()).await;
    assert!(matches!(refused, Err(Error::UnsupportedDefinition { .. })), "{refused:?}");
}
