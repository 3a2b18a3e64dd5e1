//! An application without tenants gets its first one.

use crate::contract::set_up;

tenancy_core::adopting_suite!(super::set_up);
