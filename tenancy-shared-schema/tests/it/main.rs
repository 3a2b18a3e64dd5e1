//! The strategy on real databases.

mod contract;
