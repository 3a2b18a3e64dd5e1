//! [`Database`]: the section `[database]`.

use std::time::Duration;

use super::database_url::DatabaseUrl;
use super::sourced::Sourced;
use super::value::Values;

/// The section `[database]`: the addresses, and how the pools behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    url: Sourced<DatabaseUrl>,
    direct_url: Option<Sourced<DatabaseUrl>>,
    central_url: Option<Sourced<DatabaseUrl>>,
    max_connections: Sourced<u32>,
    tenant_pools: Sourced<u32>,
    dedicated_pools: Sourced<u32>,
    acquire_timeout_seconds: Sourced<u32>,
    busy_timeout_ms: Sourced<u32>,
    extension_schemas: Sourced<Vec<String>>,
}

impl Database {
    pub(super) fn read(values: &Values) -> Option<Self> {
        Some(Self {
            url: values.database_url("database.url")?,
            direct_url: values.database_url("database.direct_url"),
            central_url: values.database_url("database.central_url"),
            max_connections: values.integer("database.max_connections")?,
            tenant_pools: values.integer("database.tenant_pools")?,
            dedicated_pools: values.integer("database.dedicated_pools")?,
            acquire_timeout_seconds: values.integer("database.acquire_timeout_seconds")?,
            busy_timeout_ms: values.integer("database.busy_timeout_ms")?,
            extension_schemas: values.list("database.extension_schemas")?.map(<[_]>::to_vec),
        })
    }

    /// Returns the address for the application's role.
    #[must_use]
    pub fn url(&self) -> &Sourced<DatabaseUrl> {
        &self.url
    }

    /// Returns the address for the owner, past any pooler; [`url`](Self::url) unless it is set.
    #[must_use]
    pub fn direct_url(&self) -> &Sourced<DatabaseUrl> {
        self.direct_url.as_ref().unwrap_or(&self.url)
    }

    /// Says whether `direct_url` is set on its own, which a pooler in transaction mode demands.
    #[must_use]
    pub fn has_direct_url(&self) -> bool {
        self.direct_url.is_some()
    }

    /// Returns the address for a role that may see all tenants; [`url`](Self::url) unless it is set.
    #[must_use]
    pub fn central_url(&self) -> &Sourced<DatabaseUrl> {
        self.central_url.as_ref().unwrap_or(&self.url)
    }

    /// Says whether `central_url` is set on its own.
    #[must_use]
    pub fn has_central_url(&self) -> bool {
        self.central_url.is_some()
    }

    /// Returns over how many pools the statements of tenants are spread where each tenant has tables
    /// of its own; never zero.
    #[must_use]
    pub fn tenant_pools(&self) -> &Sourced<u32> {
        &self.tenant_pools
    }

    /// Returns of how many tenants dedicated pools may be open at a time; never zero.
    #[must_use]
    pub fn dedicated_pools(&self) -> &Sourced<u32> {
        &self.dedicated_pools
    }

    /// Returns how many connections are opened at most to an address; never zero.
    #[must_use]
    pub fn max_connections(&self) -> &Sourced<u32> {
        &self.max_connections
    }

    /// Returns how long a request waits for a free connection.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_secs(self.acquire_timeout_seconds.value.into())
    }

    /// Returns how long a statement waits on SQLite while somebody else writes to the same file.
    #[must_use]
    pub fn busy_timeout(&self) -> Duration {
        Duration::from_millis(self.busy_timeout_ms.value.into())
    }

    /// Returns the PostgreSQL schemas that hold extensions.
    #[must_use]
    pub fn extension_schemas(&self) -> &Sourced<Vec<String>> {
        &self.extension_schemas
    }
}
