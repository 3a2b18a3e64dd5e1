//! Helpers for tests: this crate's, a third-party strategy's and an application's.

pub mod database;

pub use database::{TestBackend, TestDatabase, TestDatabaseError};
