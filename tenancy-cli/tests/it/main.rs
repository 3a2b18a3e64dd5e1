//! The command line as it is used: what it writes where, and how it exits.

mod check;
mod config;
mod explain;
mod help;
mod migrate;
mod notes;
mod program;
mod refusals;
mod registry;
mod world;
