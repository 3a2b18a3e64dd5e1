//! Multi-tenancy for SeaORM: tenants, statement scoping, migrations and checks, whatever the
//! strategy.

pub mod catalog;
pub mod domain;
pub mod error;
pub mod migrate;
pub mod name;
pub mod scope;
pub mod strategy;
pub mod tenant;

pub use catalog::{Catalog, Key, Table, TableKind};
pub use domain::DomainName;
pub use error::{Error, Result};
pub use name::{Identifier, PhysicalName};
pub use scope::{Dialect, Refusal, Scoper, TableRule, TenantScope};
pub use strategy::{Databases, Purpose, Route, Site, TenancyStrategy, TenantDdl};
pub use tenant::{Slug, Tenant, TenantId, TenantStatus};
