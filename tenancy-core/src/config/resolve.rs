//! [`Resolve`]: the section `[resolve]`.

use super::sourced::Sourced;
use super::value::Values;

/// The section `[resolve]`: how a request leads to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    base_domains: Sourced<Vec<String>>,
    trusted_header: Option<Sourced<String>>,
}

impl Resolve {
    pub(super) fn read(values: &Values) -> Option<Self> {
        Some(Self {
            base_domains: values.list("resolve.base_domains")?.map(<[_]>::to_vec),
            trusted_header: values
                .text("resolve.trusted_header")
                .map(|name| name.map(str::to_owned)),
        })
    }

    /// Returns the domains whose subdomains are tenants' slugs.
    #[must_use]
    pub fn base_domains(&self) -> &Sourced<Vec<String>> {
        &self.base_domains
    }

    /// Returns the request header that names the tenant, where one is trusted.
    #[must_use]
    pub fn trusted_header(&self) -> Option<&Sourced<String>> {
        self.trusted_header.as_ref()
    }
}
