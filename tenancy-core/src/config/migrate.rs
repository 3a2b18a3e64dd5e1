//! [`Migrate`]: the section `[migrate]`.

use std::time::Duration;

use serde::Serialize;

use super::sourced::Sourced;
use super::value::Values;

/// What happens to requests of a tenant whose migrations are behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OnBehind {
    /// They are refused until the tenant has been migrated.
    Refuse,
    /// They are served as if nothing were missing.
    Serve,
}

/// Whether the tables of tenants may be thrown away and made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Fresh {
    /// They may not: there are rows that somebody needs.
    Refuse,
    /// They may, as on a developer's machine.
    Allow,
}

/// The section `[migrate]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrate {
    on_behind: Sourced<OnBehind>,
    fresh: Sourced<Fresh>,
    jobs: Sourced<u32>,
    lock_timeout_ms: Sourced<u32>,
}

impl Migrate {
    pub(super) fn read(values: &Values) -> Option<Self> {
        let on_behind = values.text("migrate.on_behind")?.map(|word| match word {
            "serve" => OnBehind::Serve,
            _ => OnBehind::Refuse,
        });
        let fresh = values.text("migrate.fresh")?.map(|word| match word {
            "allow" => Fresh::Allow,
            _ => Fresh::Refuse,
        });
        Some(Self {
            on_behind,
            fresh,
            jobs: values.integer("migrate.jobs")?,
            lock_timeout_ms: values.integer("migrate.lock_timeout_ms")?,
        })
    }

    /// Returns what happens to requests of a tenant that is behind.
    #[must_use]
    pub fn on_behind(&self) -> &Sourced<OnBehind> {
        &self.on_behind
    }

    /// Returns whether the tables of tenants may be thrown away and made anew.
    #[must_use]
    pub fn fresh(&self) -> &Sourced<Fresh> {
        &self.fresh
    }

    /// Returns how many tenants are migrated at a time; never zero.
    #[must_use]
    pub fn jobs(&self) -> &Sourced<u32> {
        &self.jobs
    }

    /// Returns how long a migration waits for a table lock before it tries again.
    #[must_use]
    pub fn lock_timeout(&self) -> Duration {
        Duration::from_millis(self.lock_timeout_ms.value.into())
    }
}
