//! Helpers for tests: this crate's, a third-party strategy's and an application's.
//!
//! A strategy holds what [`TenancyStrategy`](crate::TenancyStrategy) promises when the functions in
//! [`contract`] pass for it on every database it supports; [`strategy_contract!`](crate::strategy_contract)
//! makes a test of each.

pub mod adopting;
pub mod altering;
pub mod beginning;
pub mod changes;
pub mod checking;
pub mod configured;
pub mod contract;
pub mod costs;
pub mod cut;
pub mod database;
pub mod duplicating;
pub mod extensions;
#[cfg(all(unix, feature = "postgres"))]
pub mod faults;
pub mod jobs;
#[cfg(unix)]
mod keeper;
pub mod load;
pub mod measuring;
pub mod numbering;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod oracle;
#[cfg(unix)]
pub mod pgbouncer;
pub mod pooler;
#[cfg(all(unix, feature = "postgres"))]
pub mod pooling;
pub mod probe;
pub mod referring;
pub mod roles;
pub mod runs;
pub mod scoping;
#[cfg(unix)]
pub mod server;
pub mod switch;
pub mod wire;
pub mod world;
mod written;

pub use database::{TestBackend, TestDatabase, TestDatabaseError};
#[cfg(unix)]
pub use pgbouncer::{TestPooler, TestPoolerError};
#[cfg(unix)]
pub use server::TestServer;
pub use world::{Setup, World};
pub use written::{Writes, Written};

/// Makes a test of each function of a module of this one, for each database. The functions take a
/// [`TestBackend`] and a [`SetUp`](world::SetUp).
#[doc(hidden)]
#[macro_export]
macro_rules! on_each_database {
    ($module:ident, $set_up:path, $($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::testing::$module::$name(
                    $crate::testing::TestBackend::Sqlite, $set_up,
                ).await;
            })*
        }
        mod postgres {
            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::testing::$module::$name(
                    $crate::testing::TestBackend::Postgres, $set_up,
                ).await;
            })*
        }
    };
}

/// The same for MariaDB.
#[doc(hidden)]
#[macro_export]
macro_rules! on_mariadb {
    ($module:ident, $set_up:path, $($name:ident),* $(,)?) => {
        mod mariadb {
            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::testing::$module::$name(
                    $crate::testing::TestBackend::MariaDb, $set_up,
                ).await;
            })*
        }
    };
}

/// Makes tests of functions that take a database and a [`SetUp`](world::SetUp), on PostgreSQL alone.
#[macro_export]
#[doc(hidden)]
macro_rules! on_postgres {
    ($module:ident, $set_up:path, $($name:ident),* $(,)?) => {
        mod postgres {
            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::testing::$module::$name(
                    $crate::testing::TestBackend::Postgres, $set_up,
                ).await;
            })*
        }
    };
}
