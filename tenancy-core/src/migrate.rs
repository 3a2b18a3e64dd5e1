//! Tenant migrations: written once, laid out by the strategy, run for every tenant.

pub mod change;
