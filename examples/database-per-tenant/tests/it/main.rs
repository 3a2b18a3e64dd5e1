//! The strategy contract, and what is the strategy's own.
// Some futures of the contract are as deep as the compiler looks by default.
#![recursion_limit = "256"]

mod contract;
mod databases;
