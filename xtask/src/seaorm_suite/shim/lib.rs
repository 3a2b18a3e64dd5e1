//! `sea_orm`, with the connection of a tenant in the place of the connection to a database.
//!
//! The tests of SeaORM are compiled against this crate under the name `sea_orm`. Everything in it
//! is SeaORM's own, but for the types below. `rbac` and `restricted_connection` are files of SeaORM,
//! compiled once more over these types.

mod connection;
mod definition;
mod executor;
mod neighbour;
pub mod rbac;
mod restricted_connection;
mod suite;
mod transaction;

pub use real::*;

pub use connection::{DatabaseConnection, open};
pub use entity::prelude;
pub use executor::{DatabaseExecutor, IntoDatabaseExecutor};
pub use restricted_connection::{RestrictedConnection, RestrictedTransaction};

/// The tenant's connection under its short name.
pub type DbConn = DatabaseConnection;

/// A transaction of the tenant.
pub type DatabaseTransaction = tenancy_core::TenantTransaction;

/// What entities are defined with.
pub mod entity {
    pub use real::entity::*;

    /// What entities are defined with, for glob imports.
    pub mod prelude {
        pub use real::entity::prelude::*;

        pub use crate::{DatabaseConnection, DbConn};
    }
}
