//! Tables are altered with the rows of tenants in them.

tenancy_core::on_each_database!(
    altering,
    crate::contract::set_up,
    altered_tables_keep_their_rows,
    what_does_not_fit_changes_nothing,
    alterations_are_taken_back,
);
