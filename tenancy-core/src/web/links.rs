//! `TenantLinks`: paths as the client has to ask for them.

/// Makes paths of a tenant's routes, as the client has to ask for them: where the path names the
/// tenant, what names it stands before them.
///
/// With the feature `axum` handlers take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TenantLinks {
    prefix: String,
}

impl TenantLinks {
    pub(crate) fn under(prefix: Option<String>) -> Self {
        Self { prefix: prefix.unwrap_or_default() }
    }

    /// What stands before every path: empty, or such as `/acme`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The path to a route of the same tenant's. Whatever is given, the result stays on this host.
    #[must_use]
    pub fn to(&self, path: &str) -> String {
        // Two slashes would begin a host, and browsers read a backslash as a slash.
        let path = path.trim_start_matches(['/', '\\']);
        format!("{}/{path}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_with_the_tenant_and_on_the_host() {
        let none = TenantLinks::default();
        let acme = TenantLinks::under(Some("/t/acme".to_owned()));
        for (path, plain, under) in [
            ("/orders?page=2#top", "/orders?page=2#top", "/t/acme/orders?page=2#top"),
            ("orders", "/orders", "/t/acme/orders"),
            ("/", "/", "/t/acme/"),
            ("//evil.example", "/evil.example", "/t/acme/evil.example"),
            ("/\\evil.example", "/evil.example", "/t/acme/evil.example"),
        ] {
            assert_eq!(none.to(path), plain);
            assert_eq!(acme.to(path), under);
        }
    }
}
