//! The strategy on real databases.

mod contract;
mod oracle;
mod wire;
