//! Multi-tenancy for SeaORM: tenants, statement scoping, migrations and checks, whatever the
//! strategy.

#[cfg(feature = "axum")]
pub mod axum;
pub mod catalog;
pub mod central;
pub mod check;
pub mod config;
pub mod connection;
pub mod databases;
pub mod domain;
pub mod error;
mod introspect;
pub mod invitation;
pub mod member;
pub mod migrate;
pub mod name;
mod provision;
pub mod registry;
#[cfg(feature = "axum")]
pub mod resolver;
pub mod scope;
pub mod strategy;
pub mod tenancy;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;

pub use catalog::{Catalog, Key, Table, TableKind};
pub use central::CentralConnection;
pub use connection::{TenantConnection, TenantTransaction};
pub use domain::DomainName;
pub use error::{Error, Result};
pub use invitation::{Invitation, InvitationStatus, InvitationToken};
pub use member::{Member, Role};
pub use migrate::{
    MigrateOptions, MigrationReport, MigrationSets, TenantMigration, TenantSchema, TenantSet,
};
pub use name::{Identifier, PhysicalName};
pub use registry::Registry;
pub use scope::{Dialect, Refusal, Scoper, TableRule, TenantScope};
pub use strategy::{Databases, Purpose, Route, Site, TenancyStrategy, TenantDdl};
pub use tenancy::Tenancy;
pub use tenant::{Slug, Tenant, TenantId, TenantStatus};
