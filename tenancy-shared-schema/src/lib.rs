//! The strategy `shared-schema`: every tenant in one set of tables, told apart by a tenant column.
//!
//! Tenant tables are laid out from the plain definition in a tenant migration: the column is added,
//! and every key, unique index and foreign key is led by it, so that a reference from one tenant's
//! row to another's cannot exist. Entities and queries never mention it.
//!
//! On MySQL and MariaDB there is the filter alone, and no second wall beside it. What is different
//! there:
//!
//! - `ON DELETE SET NULL` and `SET DEFAULT` between tenant tables are refused, as on SQLite: the
//!   tenant column is part of each such key.
//! - An upsert (`ON DUPLICATE KEY UPDATE`) changes a row in conflict where it is the tenant's, and
//!   leaves any other as it is.
//! - A temporary table hides the table of its name, which only code past the tenants can make:
//!   statements of tenants then fail, unless it has the tenant column.
//! - Tables are those of InnoDB; a tenant table of another engine is refused when the application
//!   connects (`SHS010`).
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
//!
//! # Options
//! In the section `[shared-schema]` of the configuration:
//!
//! | key | default | |
//! |---|---|---|
//! | `tenant_column` | `tenant_id` | the column that tells tenants apart |
//! | `rls` | `off` | `enforce`: row-level security as a second wall on PostgreSQL |
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
mod layout;
mod sql;
mod strategy;
mod wall;

pub use strategy::SharedSchema;
