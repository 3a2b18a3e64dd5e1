//! The command line as it is used: what it writes where, and how it exits.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says by a panic what is wrong, and by a line that it was left out"
)]

mod accident;
mod adopt;
mod book;
mod check;
mod code;
mod config;
mod database;
mod db;
mod deletion;
mod duplicate;
mod each;
mod explain;
mod hand_over;
mod help;
mod migrate;
mod migration_new;
mod names;
mod notes;
mod program;
mod project;
mod recorded;
mod reference;
mod refusals;
mod registry;
mod runs;
mod sarif;
mod scaffold;
mod scope;
mod session;
mod sets;
mod world;
