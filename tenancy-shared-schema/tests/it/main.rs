//! The strategy on real databases.
#![recursion_limit = "256"]
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails where it cannot go on, and says what it has counted"
)]

mod adopting;
mod allocations;
mod altering;
mod beginning;
mod changes;
mod checking;
mod configured;
mod contract;
mod cut;
mod deadlock;
mod duplicating;
mod extensions;
mod jobs;
mod mariadb;
mod numbering;
mod oracle;
mod pooling;
mod pools;
mod probe;
mod referring;
mod runs;
mod spans;
mod wall;
mod web;
mod wire;
