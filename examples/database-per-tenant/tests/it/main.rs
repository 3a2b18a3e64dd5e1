//! The strategy contract, and what is the strategy's own.
// Some futures of the contract are as deep as the compiler looks by default.
#![recursion_limit = "256"]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod contract;
mod databases;
