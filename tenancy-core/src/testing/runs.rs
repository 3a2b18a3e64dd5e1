//! What runs of migrations keep, proven under a strategy on real databases.
//!
//! [`runs_suite!`](crate::runs_suite) makes a test of each function.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

mod data;
mod history;
mod selection;
mod verifying;

pub use data::{
    a_resumed_run_is_taken_back_whole, a_run_is_taken_back_from_those_it_reached,
    changes_wait_for_data, data_steps_see_one_tenant, data_steps_see_shared_tables_made_meanwhile,
    data_steps_see_shared_tables_of_the_same_run, steps_out_of_order_are_refused,
};
pub use history::{
    a_run_is_taken_back, an_older_release_sees_that_it_is_older, edited_migrations_are_refused,
    late_migrations_are_refused, runs_at_once_apply_each_migration_once,
    steps_are_taken_back_to_a_name, steps_may_end_in_a_comment, tables_are_not_thrown_away,
    what_cannot_be_taken_back_stays,
};
pub use selection::{
    a_plan_writes_nothing, a_run_that_is_stopped_is_gone_on_with, canaries_go_first,
    noted_migrations_are_not_run, unknown_tenants_are_refused,
};
pub use verifying::{changed_places_are_told, ledgers_are_the_truth, tables_that_fit_are_noted};

use super::world::base;
use crate::{Dialect, MigrationSets, testing::Written};

/// Makes a test of each function of this module, for each database.
#[macro_export]
macro_rules! runs_suite {
    ($set_up:path) => {
        $crate::runs_suite!(@on_each_database, $set_up);
    };
    ($set_up:path, mariadb) => {
        $crate::runs_suite!(@on_mariadb, $set_up);
    };
    (@$on:ident, $set_up:path) => {
        $crate::$on!(
            runs,
            $set_up,
            changes_wait_for_data,
            data_steps_see_shared_tables_of_the_same_run,
            data_steps_see_shared_tables_made_meanwhile,
            a_run_is_taken_back_from_those_it_reached,
            a_resumed_run_is_taken_back_whole,
            steps_out_of_order_are_refused,
            a_run_is_taken_back,
            steps_are_taken_back_to_a_name,
            steps_may_end_in_a_comment,
            what_cannot_be_taken_back_stays,
            edited_migrations_are_refused,
            late_migrations_are_refused,
            runs_at_once_apply_each_migration_once,
            an_older_release_sees_that_it_is_older,
            a_plan_writes_nothing,
            canaries_go_first,
            a_run_that_is_stopped_is_gone_on_with,
            noted_migrations_are_not_run,
            unknown_tenants_are_refused,
            changed_places_are_told,
            ledgers_are_the_truth,
            tables_that_fit_are_noted,
            tables_are_not_thrown_away,
        );
    };
}

/// The world's migrations, and these.
pub(crate) fn base_with(more: impl IntoIterator<Item = Written>) -> MigrationSets {
    let mut sets = base();
    for migration in more {
        sets.tenant.push(Box::new(migration));
    }
    sets
}

/// A column that a data step fills: how many customers the tenant sees.
pub(crate) const COUNT: &str = "m20260501_000001_count";

pub(crate) fn count_customers() -> Written {
    Written::new(COUNT, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN note text")?;
        schema.data_sql(match schema.dialect() {
            Dialect::Postgres | Dialect::Sqlite => {
                "UPDATE customer SET note = CAST((SELECT count(*) FROM customer) AS text)"
            }
            // MySQL does not read the table that it updates but in a derived one.
            Dialect::MySql => {
                "UPDATE customer SET note = (SELECT count(*) FROM (SELECT id FROM customer) AS c)"
            }
        });
        Ok(())
    })
    .with_down(|schema| {
        schema.data_sql("UPDATE customer SET note = 'taken back'");
        schema.drop_column("customer", "note");
        Ok(())
    })
}

/// A column without data.
const PHONE: &str = "m20260601_000001_phone";

pub(crate) fn add_phone() -> Written {
    Written::new(PHONE, |schema| schema.sql("ALTER TABLE customer ADD COLUMN phone text"))
        .with_down(|schema| {
            schema.drop_column("customer", "phone");
            Ok(())
        })
}
