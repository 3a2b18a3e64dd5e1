//! Numbers without gaps.

tenancy_core::numbering_suite!(crate::contract::set_up);
tenancy_core::numbering_suite!(crate::contract::set_up, mariadb);
