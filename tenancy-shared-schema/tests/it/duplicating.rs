//! Tenants with the rows of others.

tenancy_core::duplicating_suite!(crate::contract::set_up);
