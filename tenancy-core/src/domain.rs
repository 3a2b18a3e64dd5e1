//! The public host name that leads to a tenant: `DomainName`, normalized when it is read.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use serde::Serialize;

use crate::error::{Error, Result};

/// A host name in its one normal form: lower case, IDNA to ASCII, no port, no trailing dot.
///
/// ```
/// use tenancy_core::DomainName;
///
/// let domain: DomainName = "Acme.Example.COM.:3000".parse()?;
/// assert_eq!(domain.as_str(), "acme.example.com");
/// assert!("acme..example.com".parse::<DomainName>().is_err());
/// # Ok::<(), tenancy_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    /// The normal form as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Takes the port off a host; `None` where it has none.
fn split_port(host: &str) -> std::result::Result<(&str, Option<u16>), &'static str> {
    let Some((name, port)) = host.rsplit_once(':') else { return Ok((host, None)) };
    let is_plain = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    match port.parse() {
        Ok(port) if is_plain => Ok((name, Some(port))),
        _ => Err("what follows the colon is not a port"),
    }
}

fn normalize(host: &str) -> std::result::Result<(String, Option<u16>), &'static str> {
    if let Some(literal) = host.strip_prefix('[') {
        let (address, rest) = literal.split_once(']').ok_or("the bracket is not closed")?;
        let (between, port) = split_port(rest)?;
        if !between.is_empty() {
            return Err("what follows the bracket is not a port");
        }
        let address: Ipv6Addr = address.parse().map_err(|_| "it is not an IPv6 address")?;
        return Ok((format!("[{address}]"), port));
    }
    let (name, port) = split_port(host)?;
    let name = name.strip_suffix('.').unwrap_or(name);
    let ascii = idna::domain_to_ascii_strict(name).map_err(|_| "it is not a host name")?;
    let label_is_plain = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if ascii.is_empty() || ascii.len() > 253 || !ascii.split('.').all(label_is_plain) {
        return Err("it is not a host name");
    }
    Ok((ascii, port))
}

/// Reads a host with the port that it may name.
pub(crate) fn with_port(host: &str) -> Result<(DomainName, Option<u16>)> {
    let (name, port) = normalize(host).map_err(|reason| Error::InvalidName {
        kind: "domain",
        name: host.chars().take(80).collect(),
        reason,
    })?;
    Ok((DomainName(name), port))
}

impl FromStr for DomainName {
    type Err = Error;

    fn from_str(host: &str) -> Result<Self> {
        with_port(host).map(|(name, _)| name)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_normalized() {
        for (host, normal) in [
            ("acme.localhost:3000", "acme.localhost"),
            ("ACME.Example.com", "acme.example.com"),
            ("acme.example.com.", "acme.example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]:80", "[::1]"),
            ("[0:0::1]", "[::1]"),
        ] {
            assert_eq!(host.parse::<DomainName>().unwrap().as_str(), normal, "{host}");
        }
    }

    #[test]
    fn bad_hosts_are_refused() {
        let long = "a".repeat(64);
        for bad in [
            "",
            ".",
            "a..b",
            "a b",
            "a/b",
            "a\"b",
            "a:x",
            "a:",
            "a:1:2",
            "[::1",
            "[::1]x",
            "a_b",
            "-a.example",
            "a@b",
            "a\0b",
            long.as_str(),
        ] {
            assert!(bad.parse::<DomainName>().is_err(), "{bad:?}");
        }
    }
}
