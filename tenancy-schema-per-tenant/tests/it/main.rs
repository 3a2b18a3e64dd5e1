//! The strategy on real databases.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails where it cannot go on, and says what it has counted"
)]

mod adapting;
mod adopting;
mod altering;
mod beginning;
mod changes;
mod checking;
mod configured;
mod contract;
mod cut;
mod dedicated;
mod duplicating;
mod extensions;
mod jobs;
mod mariadb;
mod numbering;
mod oracle;
mod orphans;
mod pooling;
mod pools;
mod probe;
mod referring;
mod replan;
mod roles;
mod runs;
mod survival;
mod tenant_roles;
mod wire;
