//! What all handlers share.

use std::{fmt, ops::Deref, sync::Arc};

use tenancy_core::{Dialect, Tenancy, config::Config};

use super::sites::Sites;
use crate::{accounts::Accounts, migrating::Migrating, sign_up::SignUps};

/// How this shop runs, which its pages tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    strategy: &'static str,
    database: &'static str,
}

impl Setting {
    pub(crate) fn new(strategy: &'static str, dialect: Dialect) -> Self {
        let database = match dialect {
            Dialect::Postgres => "PostgreSQL",
            Dialect::Sqlite => "SQLite",
            Dialect::MySql => "MariaDB or MySQL",
        };
        Self { strategy, database }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.strategy, self.database)
    }
}

/// The application: its tenants, its users, its sites. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

/// What an application consists of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) tenancy: Tenancy,
    pub(crate) config: Config,
    pub(crate) accounts: Accounts,
    pub(crate) sign_ups: SignUps,
    pub(crate) migrating: Migrating,
    pub(crate) sites: Sites,
    pub(crate) setting: Setting,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
