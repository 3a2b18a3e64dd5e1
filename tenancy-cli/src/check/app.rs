//! Checks of an application's manifests and code: `APP001` and on.

mod choice;
pub(super) mod entity;
pub(super) mod entity_schema;
pub(super) mod entity_tenant_column;
pub(super) mod foreign_crate;
pub(super) mod foreign_strategy;
pub(super) mod no_application;
pub(super) mod own_connection;
pub(super) mod own_migrator;
pub(super) mod own_routing;
pub(super) mod registry_entity;
pub(super) mod search_path;
pub(super) mod unchosen_strategy;
pub(super) mod undetermined_code;
pub(super) mod unreadable_source;
