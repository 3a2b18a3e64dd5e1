//! The tables as SeaORM entities. Nothing in them mentions a tenant.

pub mod note;
pub mod plan;
