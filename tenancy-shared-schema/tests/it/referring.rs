//! Rows that refer to rows of their own table and in a circle, and what becomes of them.

tenancy_core::referring_suite!(crate::contract::set_up);
tenancy_core::referring_suite!(crate::contract::set_up, mariadb);
