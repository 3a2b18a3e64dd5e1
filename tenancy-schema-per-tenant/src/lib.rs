//! The strategy `schema-per-tenant`: a PostgreSQL schema, a database of MariaDB or MySQL, or a SQLite
//! file, for each tenant.
//!
//! On PostgreSQL, MariaDB and MySQL a statement is qualified with the tenant's schema or database: no
//! session state, one round trip. On SQLite each tenant has a database file of its own in a directory.
//!
//! What MariaDB and MySQL cannot do:
//!
//! - There is no second wall: `tenant_roles` is PostgreSQL's.
//! - A change of a table is committed by itself. A migration that fails or is cut off between two of its
//!   steps leaves the tenant between them; it is refused until the next run, which goes on at that step
//!   ([`Error::AppliedInPart`](tenancy_core::Error::AppliedInPart)). A new tenant is all there or not at
//!   all nevertheless: its database is claimed before it is made, and one that was not completed is made
//!   anew or removed.
//! - A tenant cannot be copied, and tables of an application without tenants are not adopted.
//! - The application's user must be allowed to use the databases of all tenants, and the owner's
//!   (`database.direct_url`) to create and drop them. The names of the databases begin as the tenants'
//!   slugs do (see [`PhysicalName`](tenancy_core::PhysicalName)).
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
mod database;
mod files;
mod layout;
mod sql;
mod strategy;
mod tenant_roles;

pub use strategy::SchemaPerTenant;
