//! The strategy contract, and what is the strategy's own.

mod contract;
mod databases;
