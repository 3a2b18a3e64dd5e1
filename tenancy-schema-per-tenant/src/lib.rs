//! Strategy crate.
