//! Core.

pub mod check;
pub mod config;
