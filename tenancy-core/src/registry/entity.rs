//! The registry's tables as SeaORM entities.

pub(crate) mod central_access;
pub(crate) mod domain;
pub(crate) mod former_migration;
pub(crate) mod invitation;
pub(crate) mod marker;
pub(crate) mod member;
pub(crate) mod migration;
pub(crate) mod migration_outcome;
pub(crate) mod migration_run;
pub(crate) mod physical_name;
pub(crate) mod ready_place;
pub(crate) mod shared_table;
pub(crate) mod tenant;
