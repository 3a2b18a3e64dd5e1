//! The strategy `schema-per-tenant`: a PostgreSQL schema, or a SQLite file, for each tenant.
//!
//! On PostgreSQL a statement is qualified with the tenant's schema: no session state, one round
//! trip. On SQLite each tenant has a database file of its own in a directory.
//!
//! ```
//! use std::sync::Arc;
//! use tenancy_core::{TenancyStrategy, config::Config};
//! use tenancy_schema_per_tenant::SchemaPerTenant;
//!
//! let config = Config::builder()
//!     .strategy(SchemaPerTenant::KEYS)
//!     .database_url("sqlite://registry.db?mode=rwc")
//!     .set("schema-per-tenant.directory", "tenants")
//!     .build()?;
//! let strategy: Arc<dyn TenancyStrategy> = Arc::new(SchemaPerTenant::from_config(&config)?);
//! assert_eq!(strategy.name(), "schema-per-tenant");
//! # Ok::<(), tenancy_core::Error>(())
//! ```

mod check;
mod files;
mod layout;
mod sql;
mod strategy;
mod tenant_roles;

pub use strategy::SchemaPerTenant;
