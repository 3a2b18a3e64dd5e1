//! The strategy `database-per-tenant`: a PostgreSQL database for each tenant.
//!
//! It is an example of a strategy that is written outside the framework: it uses the public interface
//! of `tenancy-core` and keeps the contract of [`TenancyStrategy`](tenancy_core::TenancyStrategy).
//!
//! ```
//! use std::sync::Arc;
//! use database_per_tenant::DatabasePerTenant;
//! use tenancy_core::{TenancyStrategy, config::Config};
//!
//! let config = Config::builder()
//!     .strategy(DatabasePerTenant::KEYS)
//!     .database_url("postgres://app@localhost/registry")
//!     .set("database-per-tenant.open_databases", "50")
//!     .build()?;
//! let strategy: Arc<dyn TenancyStrategy> = Arc::new(DatabasePerTenant::from_config(&config)?);
//! assert_eq!(strategy.name(), "database-per-tenant");
//! # Ok::<(), tenancy_core::Error>(())
//! ```

mod pools;
mod shared_tables;
mod sql;
mod strategy;

pub use strategy::DatabasePerTenant;
