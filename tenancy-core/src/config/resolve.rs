//! [`Resolve`]: the section `[resolve]`.

use std::time::Duration;

use super::sourced::Sourced;
use super::value::Values;

/// The section `[resolve]`: how a request leads to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    base_domains: Sourced<Vec<String>>,
    central_hosts: Sourced<Vec<String>>,
    neutral_hosts: Sourced<Vec<String>>,
    ignored_paths: Sourced<Vec<String>>,
    path_prefix: Option<Sourced<String>>,
    trusted_proxies: Sourced<Vec<String>>,
    trusted_header: Option<Sourced<String>>,
    cache_seconds: Sourced<u32>,
    cache_size: Sourced<u32>,
}

impl Resolve {
    pub(super) fn read(values: &Values) -> Option<Self> {
        let list = |path| Some(values.list(path)?.map(<[_]>::to_vec));
        let text = |path| values.text(path).map(|text| text.map(str::to_owned));
        Some(Self {
            base_domains: list("resolve.base_domains")?,
            central_hosts: list("resolve.central_hosts")?,
            neutral_hosts: list("resolve.neutral_hosts")?,
            ignored_paths: list("resolve.ignored_paths")?,
            path_prefix: text("resolve.path_prefix"),
            trusted_proxies: list("resolve.trusted_proxies")?,
            trusted_header: text("resolve.trusted_header"),
            cache_seconds: values.integer("resolve.cache_seconds")?,
            cache_size: values.integer("resolve.cache_size")?,
        })
    }

    /// Returns the domains whose subdomains are tenants' slugs.
    #[must_use]
    pub fn base_domains(&self) -> &Sourced<Vec<String>> {
        &self.base_domains
    }

    /// Returns the hosts of the application's own part, which is no tenant's.
    #[must_use]
    pub fn central_hosts(&self) -> &Sourced<Vec<String>> {
        &self.central_hosts
    }

    /// Returns the hosts that are all tenants', such as that of an API.
    #[must_use]
    pub fn neutral_hosts(&self) -> &Sourced<Vec<String>> {
        &self.neutral_hosts
    }

    /// Returns the paths whose requests are not looked at; one that ends with a slash stands for all
    /// below it.
    #[must_use]
    pub fn ignored_paths(&self) -> &Sourced<Vec<String>> {
        &self.ignored_paths
    }

    /// Returns what stands before a slug in the path, where paths name tenants.
    #[must_use]
    pub fn path_prefix(&self) -> Option<&Sourced<String>> {
        self.path_prefix.as_ref()
    }

    /// Returns the networks of proxies whose word is taken for a request's host and tenant.
    #[must_use]
    pub fn trusted_proxies(&self) -> &Sourced<Vec<String>> {
        &self.trusted_proxies
    }

    /// Returns for how many seconds a process remembers what it has looked up; 0 for not at all.
    #[must_use]
    pub fn cache_seconds(&self) -> &Sourced<u32> {
        &self.cache_seconds
    }

    pub(crate) fn cache_lifetime(&self) -> Duration {
        Duration::from_secs(self.cache_seconds.value.into())
    }

    /// Returns how many answers of the registry a process remembers, and how many names that are nobody's.
    #[must_use]
    pub fn cache_size(&self) -> &Sourced<u32> {
        &self.cache_size
    }

    /// Returns the request header that names the tenant, where one is trusted.
    #[must_use]
    pub fn trusted_header(&self) -> Option<&Sourced<String>> {
        self.trusted_header.as_ref()
    }
}
