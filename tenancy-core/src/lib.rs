//! Core.

#[cfg(feature = "testing")]
pub mod testing;
