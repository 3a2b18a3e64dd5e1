//! Tests of scoping, without a database.

mod built;
mod corpus;
mod depth;
mod hostile;
mod limits;
mod mysql;
mod second_look;
pub(in crate::scope) mod support;
