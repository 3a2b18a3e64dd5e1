//! What tenants begin with, and how they end.

use crate::contract::set_up;

tenancy_core::beginning_suite!(super::set_up);
tenancy_core::beginning_suite!(super::set_up, mariadb);
