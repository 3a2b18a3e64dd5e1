//! The sites and their addresses: the central one, the operators' console, and one for each tenant.

use tenancy_core::{DomainName, Slug};

/// Names under the base domain that are not for tenants.
const TAKEN: [&str; 10] =
    ["admin", "api", "app", "console", "help", "mail", "static", "status", "support", "www"];

/// Which part of the program a host belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Where shops are asked for and chosen.
    Central,
    /// Where operators work.
    Console,
    /// A tenant's, or nobody's: the layer that finds tenants tells.
    Shop,
}

/// Where the sites are reached.
#[derive(Debug, Clone)]
pub(crate) struct Sites {
    base: DomainName,
    console: DomainName,
    /// The port, as it stands in addresses; `None` for the scheme's own.
    port: Option<u16>,
    is_https: bool,
}

impl Sites {
    /// The sites under a base domain, which is the central site's own host.
    pub(crate) fn new(base: DomainName, port: u16, is_https: bool) -> tenancy_core::Result<Self> {
        let console = format!("console.{base}").parse()?;
        // What speaks HTTPS stands before this server, on the scheme's own port.
        let port = (!is_https && port != 80).then_some(port);
        Ok(Self { base, console, port, is_https })
    }

    pub(super) fn part(&self, host: &DomainName) -> Part {
        if *host == self.base {
            Part::Central
        } else if *host == self.console {
            Part::Console
        } else {
            Part::Shop
        }
    }

    /// The domain that a new tenant gets.
    pub(crate) fn domain(&self, slug: &Slug) -> tenancy_core::Result<DomainName> {
        format!("{slug}.{}", self.base).parse()
    }

    /// Whether a tenant may not have this name, because a site of ours has it or may have it.
    pub(crate) fn is_taken(slug: &Slug) -> bool {
        TAKEN.contains(&slug.as_str())
    }

    pub(crate) fn url(&self, host: &str) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        match self.port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }

    pub(crate) fn base(&self) -> &str {
        self.base.as_str()
    }

    pub(crate) fn central(&self) -> String {
        self.url(self.base.as_str())
    }

    pub(crate) fn console(&self) -> String {
        self.url(self.console.as_str())
    }

    /// Whether cookies are to be sent over HTTPS only.
    pub(super) fn is_https(&self) -> bool {
        self.is_https
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_is_one_sites() {
        let sites = Sites::new("example.com".parse().unwrap(), 3000, false).unwrap();
        for (host, part) in [
            ("example.com", Part::Central),
            ("console.example.com", Part::Console),
            ("acme.example.com", Part::Shop),
            ("console.example.org", Part::Shop),
        ] {
            assert_eq!(sites.part(&host.parse().unwrap()), part, "{host}");
        }
        assert_eq!(sites.central(), "http://example.com:3000");
        let proxied = Sites::new("example.com".parse().unwrap(), 3000, true).unwrap();
        assert_eq!(proxied.url("acme.example.com"), "https://acme.example.com");
    }
}
