//! Multi-tenancy for SeaORM: tenants, statement scoping, migrations and checks, whatever the
//! strategy.
//!
//! An application takes one strategy crate (`tenancy-shared-schema` or `tenancy-schema-per-tenant`)
//! beside this one, and does everything through [`Tenancy`]: it migrates, creates tenants, and opens
//! a [`TenantConnection`], which stands wherever SeaORM takes a connection. Every statement through
//! it is [scoped or refused](scope) before it is sent.
//!
//! # A tenant's statements
//!
//! A function takes a connection as it would without tenants. Given a tenant's, it reads and writes
//! that tenant's rows; there is no filter to forget.
//!
//! ```no_run
//! use sea_orm::{DbErr, EntityTrait, PaginatorTrait};
//! use tenancy_core::{MigrateOptions, Tenancy, registry::NewTenant};
//! # mod note {
//! #     use sea_orm::entity::prelude::*;
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "note")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub title: String }
//! #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
//! #     pub enum Relation {}
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//!
//! # async fn example(tenancy: Tenancy) -> Result<(), Box<dyn std::error::Error>> {
//! // `tenancy` comes from `Tenancy::connect`, with a configuration, a strategy and migrations.
//! tenancy.migrate(&MigrateOptions::default(), |_| {}).await?;
//! let acme = NewTenant::new("acme".parse()?, "Acme").with_domain("acme.example.com".parse()?);
//! let acme = tenancy.create_tenant(&acme).await?;
//!
//! let connection = tenancy.connection(&acme).await?;
//! let notes = note::Entity::find().count(&connection).await?; // acme's
//! # Ok(())
//! # }
//! ```
//!
//! # A tenant's tables
//!
//! What they are is said once, by [`TenantMigration`]s, for every strategy and database. They write
//! down what changes and touch no database, so what they will do can be looked at:
//!
//! ```
//! use sea_orm_migration::{prelude::*, schema::{pk_auto, string_uniq}};
//! use tenancy_core::{Dialect, MigrationSets, Result, TenantMigration, TenantSchema, TenantSet};
//!
//! struct CreateNotes;
//!
//! impl MigrationName for CreateNotes {
//!     fn name(&self) -> &str { "m20260101_000001_create_notes" }
//! }
//!
//! impl TenantMigration for CreateNotes {
//!     fn up(&self, schema: &mut TenantSchema) -> Result<()> {
//!         let notes = Table::create().table("note").col(pk_auto("id")).col(string_uniq("title")).take();
//!         schema.create_table(&notes)
//!     }
//! }
//!
//! let sets = MigrationSets { tenant: vec![Box::new(CreateNotes)], ..MigrationSets::default() };
//! let set = TenantSet::record(&sets, Dialect::Postgres)?;
//! let note = set.tables().table("note").expect("the migration creates it");
//! assert_eq!(note.columns, ["id", "title"]);
//! assert_eq!(note.primary_key(), ["id"]);
//! # Ok::<(), tenancy_core::Error>(())
//! ```
//!
//! # Where to read on
//!
//! | you want to | begin at |
//! |---|---|
//! | start an application | the [tutorial](https://github.com/tenancy-rs/tenancy/blob/main/docs/tutorial.md), [`Tenancy::connect`], [`config`] |
//! | query and write | [`TenantConnection`], [`TenantTransaction`]; what is refused: [`scope`], [`Refusal`] |
//! | change tables | [`TenantMigration`], [`TenantSchema`], [`MigrateOptions`] |
//! | create and remove tenants | [`Tenancy::create_tenant`], [`Registry`], [`TenantSeed`], [`TenantHooks`] |
//! | leave the tenants on purpose | [`Tenancy::central`], [`CentralConnection`] |
//! | work outside of requests | [`TenantJob`], [`EachTenant`] |
//! | understand an error | [`Error::code`], [`Error::hint`] |
//! | write a strategy | [`TenancyStrategy`], whose page is the contract, and [`migrate::change`] |
//!
//! Requests (`resolver`, `authorizer`, `web`, `axum`) and tests (`testing`) have modules of their own,
//! by feature. What is protected and what is not is in the
//! [threat model](https://github.com/tenancy-rs/tenancy/blob/main/docs/concepts/threat-model.md).
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | `postgres`, `sqlite`, `mysql` | the database drivers; the last one for MariaDB and MySQL |
//! | `tower` | resolving the tenant of an HTTP request, and who may enter it: `resolver`, `authorizer`, `web` |
//! | `axum` | `tower`, and what handlers of axum take as arguments |
//! | `testing` | databases for tests, the strategy contract, the two-tenant oracle, the probe |
//!
//! None is on by default. Runtime and TLS are the application's choice, through SeaORM's own features.

#[cfg(feature = "tower")]
pub mod authorizer;
#[cfg(feature = "axum")]
pub mod axum;
pub mod catalog;
pub mod central;
pub mod changes;
pub mod check;
pub mod config;
pub mod connection;
pub mod databases;
pub mod domain;
pub mod each;
pub mod error;
pub mod hooks;
mod introspect;
pub mod invitation;
pub mod job;
pub mod lookup;
pub mod member;
pub mod metrics;
pub mod migrate;
pub mod name;
pub mod number_series;
pub mod provision;
pub mod registry;
#[cfg(feature = "tower")]
pub mod resolver;
pub mod roles;
pub mod scope;
pub mod seed;
pub mod storage_trouble;
pub mod strategy;
pub mod tenancy;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod web;

pub use catalog::{Catalog, Key, Table, TableKind};
pub use central::CentralConnection;
pub use changes::RegistryChanges;
pub use connection::{TenantConnection, TenantTransaction};
pub use domain::DomainName;
pub use each::EachTenant;
pub use error::{Error, Result};
pub use hooks::TenantHooks;
pub use invitation::{Invitation, InvitationStatus, InvitationToken};
pub use job::TenantJob;
pub use lookup::{TenantKey, TenantLookup};
pub use member::{Member, Role};
pub use migrate::{
    MigrateOptions, MigrationReport, MigrationSets, TenantMigration, TenantSchema, TenantSet,
};
pub use name::{Identifier, PhysicalName};
pub use registry::Registry;
pub use scope::{Dialect, Refusal, Scoper, TableRule, TenantScope};
pub use seed::TenantSeed;
pub use storage_trouble::StorageTrouble;
pub use strategy::{
    Databases, Purpose, Route, SettingValue, Site, TenancyStrategy, TenantDdl, TenantSetting,
    Unsecured,
};
pub use tenancy::Tenancy;
pub use tenant::{Slug, Tenant, TenantId, TenantStatus};
