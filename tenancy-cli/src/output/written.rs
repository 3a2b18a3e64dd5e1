//! `Written`: the files that a command wrote, and those that it left alone.

use std::path::PathBuf;

use serde::Serialize;

/// The files that a command wrote, and those that it left alone.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    pub(crate) added: Vec<PathBuf>,
    /// What was there already.
    pub(crate) left: Vec<PathBuf>,
    /// What a person does then.
    pub(crate) next: Vec<String>,
}
