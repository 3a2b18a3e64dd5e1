//! The strategy contract: one function for each clause of
//! [`TenancyStrategy`](crate::TenancyStrategy), under the clause's name.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a function that proves a clause panics where the clause is broken"
)]

mod lifecycle;
mod migrations;
mod reach;
mod statements;

pub use super::runs::data_steps_see_one_tenant;
pub use lifecycle::{
    deprovisioning_takes_one_tenant, handles_end_with_service, one_strategy_owns_a_database,
    places_are_never_taken_over, provisioning_is_all_or_nothing,
};
pub use migrations::{
    failed_migrations_leave_tenants_before, migrations_reach_every_tenant,
    newer_shared_tables_are_learned, shared_names_stay_shared, tenants_behind_are_refused,
};
pub use reach::{
    refused_statements_are_not_sent, registry_is_out_of_reach, shared_tables_are_read_only,
    unknown_tables_are_refused,
};
pub use statements::{
    keys_are_the_tenants_own, references_stay_home, rows_are_apart, transactions_keep_the_tenant,
    upserts_stay_home, writes_stay_home,
};

/// Makes a test of each clause of the contract, for SQLite and PostgreSQL; for `postgres` alone where a
/// strategy is of no use elsewhere, and for `mariadb` where one is asked for.
///
/// It takes a function of the type [`SetUp`](crate::testing::world::SetUp); the crate that calls it
/// needs `tokio` with the features `macros` and `rt-multi-thread` among its dependencies.
#[macro_export]
macro_rules! strategy_contract {
    ($set_up:path) => {
        $crate::strategy_contract!(@on on_each_database, $set_up);
    };
    ($set_up:path, postgres) => {
        $crate::strategy_contract!(@on on_postgres, $set_up);
    };
    ($set_up:path, mariadb) => {
        $crate::strategy_contract!(@on on_mariadb, $set_up);
    };
    (@on $databases:ident, $set_up:path) => {
        $crate::$databases!(
            contract,
            $set_up,
            rows_are_apart,
            writes_stay_home,
            keys_are_the_tenants_own,
            references_stay_home,
            upserts_stay_home,
            transactions_keep_the_tenant,
            unknown_tables_are_refused,
            registry_is_out_of_reach,
            shared_tables_are_read_only,
            refused_statements_are_not_sent,
            provisioning_is_all_or_nothing,
            places_are_never_taken_over,
            migrations_reach_every_tenant,
            failed_migrations_leave_tenants_before,
            tenants_behind_are_refused,
            handles_end_with_service,
            one_strategy_owns_a_database,
            deprovisioning_takes_one_tenant,
            shared_names_stay_shared,
            newer_shared_tables_are_learned,
            data_steps_see_one_tenant,
        );
    };
}
