//! Tests of scoping, without a database.

mod built;
mod corpus;
mod hostile;
mod limits;
pub(in crate::scope) mod support;
