//! `TrustedProxies`: whose word is taken for the host that a client asked for.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use http::{HeaderMap, HeaderValue, request::Parts};
use ipnet::IpNet;

use super::{
    ResolveError,
    host::{RequestHost, direct, read},
};
use crate::error::{Error, Result};

/// The address that a request came from, for the tenant layer: a server leaves it in the request's
/// extensions where its own way of telling is not [named](TrustedProxies::with_peer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

type Peer = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

/// The networks whose word is taken for the host that a client asked for, and for the header that
/// names the tenant.
///
/// `Forwarded` and `X-Forwarded-Host` count only where the request itself came from one of these
/// networks; from everybody else they are as if they were not there. What a proxy forwards has to
/// name one host: a list of different ones, as it comes about when a proxy adds to what its client
/// had sent, is refused, because nothing tells which of them is true.
///
/// The peer's address is the one of the connection. With axum it is known where the application is
/// served with `into_make_service_with_connect_info::<SocketAddr>()`, and the way to it is said
/// once:
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::ConnectInfo;
/// use tenancy_core::resolver::TrustedProxies;
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8", "fd00::/8", "127.0.0.1"])?.with_peer(|request| {
///     request.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
/// });
/// # Ok::<(), tenancy_core::Error>(())
/// ```
///
/// Elsewhere the extension [`PeerAddress`], or a [`SocketAddr`], is looked for. A request whose peer
/// is not known comes from nobody who is trusted.
#[derive(Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    peer: Option<Arc<Peer>>,
}

impl TrustedProxies {
    /// Trusts these networks (`10.0.0.0/8`) and addresses (`127.0.0.1`).
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what is neither.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self> {
        let networks = networks.into_iter().map(|network| network_of(network.as_ref()));
        Ok(Self { networks: networks.collect::<Result<_>>()?, peer: None })
    }

    /// Says where the address of a request's peer stands.
    #[must_use]
    pub fn with_peer(
        self,
        peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        Self { peer: Some(Arc::new(peer)), ..self }
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// Whether a request comes from a network that is trusted.
    #[must_use]
    pub fn trusts(&self, request: &Parts) -> bool {
        if self.networks.is_empty() {
            return false;
        }
        let peer = match &self.peer {
            Some(peer) => peer(request),
            None => extension(request),
        };
        // A socket that listens on IPv6 shows an IPv4 peer as a mapped address.
        let peer = peer.map(|peer| peer.to_canonical());
        peer.is_some_and(|peer| self.networks.iter().any(|network| network.contains(&peer)))
    }

    /// The host that the client asked for: what a trusted proxy forwards, or else what the request
    /// is sent to.
    ///
    /// # Errors
    /// Those of [`host`](super::host).
    pub fn host(&self, request: &Parts) -> Result<RequestHost, ResolveError> {
        if self.trusts(request)
            && let Some(forwarded) = forwarded(&request.headers)?
        {
            return Ok(forwarded);
        }
        direct(request)
    }
}

impl fmt::Debug for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedProxies").field("networks", &self.networks).finish_non_exhaustive()
    }
}

fn extension(request: &Parts) -> Option<IpAddr> {
    let extensions = &request.extensions;
    let socket = || extensions.get::<SocketAddr>().map(SocketAddr::ip);
    extensions.get::<PeerAddress>().map(|peer| peer.0).or_else(socket)
}

fn network_of(text: &str) -> Result<IpNet> {
    let text = text.trim();
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| Error::InvalidName {
        kind: "network",
        name: text.chars().take(80).collect(),
        reason: "it is neither an address nor a network",
    })
}

/// The one host that `Forwarded` and `X-Forwarded-Host` name, if they name any.
fn forwarded(headers: &HeaderMap) -> Result<Option<RequestHost>, ResolveError> {
    let mut hosts = Vec::new();
    for field in headers.get_all("forwarded") {
        for element in split(text(field)?, ',') {
            for pair in split(element, ';') {
                let (name, value) = pair.split_once('=').ok_or_else(invalid)?;
                if name.trim().eq_ignore_ascii_case("host") {
                    hosts.push(read(&unquoted(value.trim())?)?);
                }
            }
        }
    }
    for field in headers.get_all("x-forwarded-host") {
        for host in text(field)?.split(',') {
            hosts.push(read(host.trim())?);
        }
    }
    let mut hosts = hosts.into_iter();
    let Some(host) = hosts.next() else { return Ok(None) };
    if hosts.any(|other| other.name() != host.name()) {
        return Err(ResolveError::SeveralHosts);
    }
    Ok(Some(host))
}

fn invalid() -> ResolveError {
    ResolveError::InvalidHost { source: None }
}

fn text(field: &HeaderValue) -> Result<&str, ResolveError> {
    std::str::from_utf8(field.as_bytes()).map_err(|_| invalid())
}

/// Splits at a separator that stands outside quotes. Empty parts are none.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let parts = text.split(move |character: char| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match character {
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return character == separator && !is_quoted,
        }
        false
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// A value without its quotes and escapes (RFC 9110, 5.6.4).
fn unquoted(value: &str) -> Result<String, ResolveError> {
    let Some(quoted) = value.strip_prefix('"') else { return Ok(value.to_owned()) };
    let quoted = quoted.strip_suffix('"').ok_or_else(invalid)?;
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().ok_or_else(invalid)?),
            '"' => return Err(invalid()),
            character => text.push(character),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
