//! The strategy `shared-schema`: every tenant in one set of tables, told apart by a tenant column.
//!
//! Tenant tables are laid out from the plain definition in a tenant migration: the column is added,
//! and every key, unique index and foreign key is led by it, so that a reference from one tenant's
//! row to another's cannot exist. Entities and queries never mention it.
//!
//! ```
//! use std::sync::Arc;
//! use tenancy_core::{TenancyStrategy, config::Config};
//! use tenancy_shared_schema::SharedSchema;
//!
//! let config = Config::builder()
//!     .strategy(SharedSchema::KEYS)
//!     .database_url("sqlite://registry.db?mode=rwc")
//!     .build()?;
//! let strategy: Arc<dyn TenancyStrategy> = Arc::new(SharedSchema::from_config(&config)?);
//! assert_eq!(strategy.name(), "shared-schema");
//! # Ok::<(), tenancy_core::Error>(())
//! ```

mod check;
mod layout;
mod sql;
mod strategy;
mod wall;

pub use strategy::SharedSchema;
