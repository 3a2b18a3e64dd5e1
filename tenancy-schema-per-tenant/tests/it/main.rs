//! The strategy on real databases.

mod contract;
mod replan;
