//! Runs of migrations.

use crate::contract::set_up;

tenancy_core::runs_suite!(super::set_up);
tenancy_core::runs_suite!(super::set_up, mariadb);
