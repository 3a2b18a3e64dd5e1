//! The configuration keys of the core, from which the reference page is made.

use super::key::{OptionKey, OptionKind};

/// A section of the configuration file with its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// The section's name; empty for the top of the file.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [OptionKey],
}

const fn key(
    name: &'static str,
    kind: OptionKind,
    default: Option<&'static str>,
    doc: &'static str,
) -> OptionKey {
    OptionKey { name, kind, default, doc }
}

/// The sections that every application has, whatever its strategy.
pub static SECTIONS: &[Section] = &[
    Section {
        name: "",
        keys: &[key("strategy", OptionKind::Strategy, None, "how tenants are kept apart")],
    },
    Section { name: "database", keys: DATABASE },
    Section { name: "migrate", keys: MIGRATE },
    Section { name: "tenants", keys: TENANTS },
    Section {
        name: "checks",
        keys: &[key(
            "silence",
            OptionKind::Silences,
            None,
            "findings that are accepted: the `code` of each, with the `reason`",
        )],
    },
    Section { name: "resolve", keys: RESOLVE },
    Section { name: "scope", keys: SCOPE },
];

const DATABASE: &[OptionKey] = &[
    key(
        "url",
        OptionKind::DatabaseUrl,
        None,
        "address for the application's role; `DATABASE_URL` sets it too",
    ),
    key(
        "direct_url",
        OptionKind::DatabaseUrl,
        None,
        "address for the owner, past any pooler: migrations, LISTEN, session locks; default `url`",
    ),
    key(
        "central_url",
        OptionKind::DatabaseUrl,
        None,
        "address for a role that may see all tenants; default `url`",
    ),
    key(
        "max_connections",
        OptionKind::Integer { min: 1, max: 10_000 },
        Some("10"),
        "how many connections are opened at most to an address",
    ),
    key(
        "tenant_pools",
        OptionKind::Integer { min: 1, max: 1_000 },
        Some("9"),
        "over how many pools the connections for tenants are spread on PostgreSQL where each tenant \
         has tables of its own; a tenant keeps to one of them while it can",
    ),
    key(
        "dedicated_pools",
        OptionKind::Integer { min: 1, max: 10_000 },
        Some("8"),
        "of how many tenants dedicated pools may be open at a time (`Tenancy::dedicated`)",
    ),
    key(
        "acquire_timeout_seconds",
        OptionKind::Integer { min: 1, max: 600 },
        Some("5"),
        "how long a request waits for a free connection before it fails",
    ),
    key(
        "extension_schemas",
        OptionKind::Identifiers,
        Some(""),
        "PostgreSQL schemas that hold extensions, for the pool's search path",
    ),
    key(
        "engine",
        OptionKind::Engine,
        Some("plain"),
        "a plain server or a distributed engine (`citus` is not yet supported)",
    ),
];

const MIGRATE: &[OptionKey] = &[
    key(
        "on_behind",
        OptionKind::Choice(&["refuse", "serve"]),
        Some("refuse"),
        "what happens to requests of a tenant whose migrations are behind",
    ),
    key(
        "fresh",
        OptionKind::Choice(&["refuse", "allow"]),
        Some("refuse"),
        "whether the tables of tenants may be thrown away and made anew (`migrate fresh`)",
    ),
    key(
        "jobs",
        OptionKind::Integer { min: 1, max: 256 },
        Some("4"),
        "how many tenants are migrated at a time",
    ),
    key(
        "lock_timeout_ms",
        OptionKind::Integer { min: 1, max: 600_000 },
        Some("2000"),
        "how long a migration waits for a table lock before it lets others pass and tries again",
    ),
    key(
        "shared",
        OptionKind::Path,
        None,
        "folder with the sources of the shared migrations, for `tenancy check`; it looks for \
         `shared` in a folder `migration` otherwise",
    ),
    key(
        "tenant",
        OptionKind::Path,
        None,
        "folder with the sources of the tenant migrations, for `tenancy check`; it looks for \
         `tenant` in a folder `migration` otherwise",
    ),
    key(
        "package",
        OptionKind::Text,
        None,
        "Cargo package whose binary calls `tenancy_cli::run`, to which `tenancy` hands what needs \
         the migrations; it looks for one otherwise",
    ),
];

const TENANTS: &[OptionKey] = &[key(
    "grace_days",
    OptionKind::Integer { min: 0, max: 3_650 },
    Some("30"),
    "for how many days `tenancy tenant delete` keeps the data, and `tenant restore` brings it back",
)];

const SCOPE: &[OptionKey] = &[
    key(
        "functions",
        OptionKind::List,
        Some(""),
        "functions of the application that statements of tenants may call; they must compute from \
         their arguments only",
    ),
    key(
        "writable_tables",
        OptionKind::List,
        Some(""),
        "shared tables that every tenant may write to",
    ),
];

const RESOLVE: &[OptionKey] = &[
    key("base_domains", OptionKind::List, Some(""), "domains whose subdomains are tenants' slugs"),
    key(
        "central_hosts",
        OptionKind::List,
        Some(""),
        "hosts of the application's own part, which is no tenant's",
    ),
    key(
        "neutral_hosts",
        OptionKind::List,
        Some(""),
        "hosts that are all tenants', where the path or a credential names one",
    ),
    key(
        "ignored_paths",
        OptionKind::List,
        Some(""),
        "paths that are served without a tenant, such as that of health checks; one that ends with \
         a slash stands for all below it",
    ),
    key(
        "path_prefix",
        OptionKind::Text,
        None,
        "what stands before a tenant's slug in the path (`/` for nothing); without it paths name no \
         tenants",
    ),
    key(
        "trusted_proxies",
        OptionKind::List,
        Some(""),
        "networks of proxies whose `Forwarded`, `X-Forwarded-Host` and `trusted_header` are believed",
    ),
    key(
        "trusted_header",
        OptionKind::Text,
        None,
        "request header that names the tenant, set by a proxy that is trusted",
    ),
    key(
        "cache_seconds",
        OptionKind::Integer { min: 0, max: 86_400 },
        Some("300"),
        "for how long a process remembers tenants that it has looked up, unless they change; 0 for \
         not at all",
    ),
    key(
        "cache_size",
        OptionKind::Integer { min: 1, max: 1_000_000 },
        Some("10000"),
        "how many answers of the registry a process remembers, and apart from them how many names that \
         are nobody's",
    ),
];
