//! Helpers for tests: this crate's, a third-party strategy's and an application's.
//!
//! A strategy holds what [`TenancyStrategy`](crate::TenancyStrategy) promises when the functions in
//! [`contract`] pass for it on every database it supports; [`strategy_contract!`](crate::strategy_contract)
//! makes a test of each.

pub mod altering;
pub mod beginning;
pub mod contract;
pub mod database;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod oracle;
pub mod runs;
pub mod scoping;
pub mod wire;
pub mod world;
mod written;

pub use database::{TestBackend, TestDatabase, TestDatabaseError};
pub use world::{Setup, World};
pub use written::{Writes, Written};
