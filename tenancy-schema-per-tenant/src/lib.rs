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
//!
//! # Options
//! In the section `[schema-per-tenant]` of the configuration:
//!
//! | key | default | |
//! |---|---|---|
//! | `directory` | `tenants` | the folder of the tenants' files on SQLite |
//! | `open_files` | `100` | how many of them are kept open when nobody uses them |
//! | `tenant_roles` | `off` | `enforce`: a database role for each tenant on PostgreSQL |
//!
//! A schema or file is named once, when the tenant is created, and the name is never used again:
//! renaming a tenant moves nothing.
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | `postgres`, `sqlite` | the database drivers, as in `tenancy-core` |
//!
//! When to choose it, with numbers:
//! [choosing a strategy](https://github.com/tenancy-rs/tenancy/blob/main/docs/choosing.md). What a row
//! of a tenant cannot do, whatever the strategy, is the contract of
//! [`TenancyStrategy`](tenancy_core::TenancyStrategy).

mod check;
mod files;
mod layout;
mod sql;
mod strategy;
mod tenant_roles;

pub use strategy::SchemaPerTenant;
