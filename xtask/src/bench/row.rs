//! The rows that are measured: over how many tenants, for whom, and how they are shown.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Row {
    Counts,
    Statements,
    Requests,
    Migrations,
    Provisioning,
    Registry,
    Memory,
}

/// A plot of a measure over the number of tenants, a line for each side and case.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) measure: &'static str,
    pub(super) cases: &'static [&'static str],
    /// Whether the values lie so far apart that their scale has to be logarithmic.
    pub(super) is_logarithmic: bool,
}

impl Row {
    pub(super) const ALL: [Self; 7] = [
        Self::Counts,
        Self::Statements,
        Self::Requests,
        Self::Migrations,
        Self::Provisioning,
        Self::Registry,
        Self::Memory,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Statements => "statements",
            Self::Requests => "requests",
            Self::Migrations => "migrations",
            Self::Provisioning => "provisioning",
            Self::Registry => "registry",
            Self::Memory => "memory",
        }
    }

    /// The most tenants that it is measured with.
    pub(super) const fn tenants(self, is_quick: bool) -> u32 {
        match (self, is_quick) {
            (Self::Counts, _) => 20,
            (Self::Statements | Self::Memory, false) => 10_000,
            (Self::Migrations, false) => 5_000,
            (Self::Requests | Self::Provisioning, false) => 1_000,
            (Self::Registry, false) => 100_000,
            (Self::Registry, true) => 2_000,
            (
                Self::Statements
                | Self::Requests
                | Self::Migrations
                | Self::Provisioning
                | Self::Memory,
                true,
            ) => 200,
        }
    }

    /// The registry is the same under both strategies, so it is measured where tenants are cheapest.
    pub(super) const fn strategies(self) -> &'static [&'static str] {
        match self {
            Self::Registry => &["shared-schema"],
            Self::Counts
            | Self::Statements
            | Self::Requests
            | Self::Migrations
            | Self::Provisioning
            | Self::Memory => &["schema-per-tenant", "shared-schema"],
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Counts => "Round trips and statements",
            Self::Statements => "A tenant's statement",
            Self::Requests => "A request",
            Self::Migrations => "A migration run",
            Self::Provisioning => "One tenant more",
            Self::Registry => "The registry",
            Self::Memory => "Memory",
        }
    }

    /// What has to be known to read its tables.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Counts => {
                "Counted between the client and the server, so these are the same on every machine. \
                 A round trip is one that somebody waits for; several statements in one message are \
                 one. Each is the median of several. A migration run is counted over 20 tenants, one \
                 after the other, and divided by 20; with one set of tables it does not depend on \
                 the number of tenants at all. The strategies' round trips of a run are not told: they depend \
                 on how many connections the pool happens to open. For django-tenants the connections that it opens \
                 for each tenant count too."
            }
            Self::Statements => {
                "One process, one pool. `uniform` takes every tenant equally often, `zipf` the \
                 tenant of rank r as often as 1/r says. The filter by hand is a SeaORM query with \
                 one condition more, the schema by hand is SQL text with the schema's name in it; \
                 both take turns with the strategies, on connections as old as theirs: 50 short ones \
                 with the filter, five longer ones with the schema, whose tables the server has to \
                 find again after each. For each statement of a strategy a handle is opened. The \
                 peers work in one process, for at most 200 of up to 1,000 tenants."
            }
            Self::Requests => {
                "The tenant by the name of the host, and a row by its key. The strategies are \
                 measured without a web framework around them, the peers by direct calls of their \
                 WSGI application, so part of the distance is what Django does besides. Connections \
                 of both stay open."
            }
            Self::Migrations => {
                "Each migration adds a column and an index to each tenant's table. By hand means \
                 one message for each schema with a row for a ledger, and nothing that could be \
                 taken up again. django-tenants is measured over a part of the tenants (the first \
                 100, or 20 in a quick run, while up to 1,000 schemas are there), its workers are \
                 processes; what is shown is the time for each. django-multitenant has one set of \
                 tables, and nothing is done for each tenant. A run of milliseconds is the middle of \
                 five."
            }
            Self::Provisioning => {
                "Two tables with a foreign key and unique indexes, made by two migrations. By hand \
                 means the same DDL as one message."
            }
            Self::Registry => {
                "The registry is the same under both strategies. `resolve` finds a tenant by its \
                 domain. The peers remember no tenant, and know of no migrations that are behind \
                 without asking each."
            }
            Self::Memory => {
                "After each tenant was asked once: the resident memory of the process, which also \
                 holds the list of tenants that this measurement goes through, and the memory that the \
                 server's processes have to themselves, shared buffers left out. By hand, one pool of ten \
                 connections names schemas; the peers have one connection."
            }
        }
    }

    /// The measures that have a table each.
    pub(super) const fn measures(self) -> &'static [&'static str] {
        match self {
            Self::Counts => &["round trips", "statements"],
            Self::Statements => &["median µs", "per second"],
            Self::Requests => &["median µs", "p99 µs"],
            Self::Migrations => &["ms each", "ms in all"],
            Self::Provisioning => &["median ms"],
            Self::Registry => &["ms"],
            Self::Memory => &["process MB", "largest backend MB", "all backends MB", "backends"],
        }
    }

    pub(super) const fn plots(self) -> &'static [Plot] {
        match self {
            Self::Counts | Self::Provisioning => &[],
            Self::Statements => &[Plot {
                name: "bench-statements.svg",
                title: "Lookups in a second, uniform, 8 tasks",
                measure: "per second",
                cases: &["lookup, uniform, 8 tasks"],
                is_logarithmic: false,
            }],
            Self::Requests => &[Plot {
                name: "bench-requests.svg",
                title: "Median of a request, µs",
                measure: "median µs",
                cases: &["tenant known"],
                is_logarithmic: true,
            }],
            Self::Migrations => &[
                Plot {
                    name: "bench-migrations-nothing.svg",
                    title: "A run with nothing pending, ms for each tenant",
                    measure: "ms each",
                    cases: &["nothing pending, 1 worker"],
                    is_logarithmic: true,
                },
                Plot {
                    name: "bench-migrations-one.svg",
                    title: "A run with one pending, ms for each tenant",
                    measure: "ms each",
                    cases: &["one pending, 1 worker"],
                    is_logarithmic: true,
                },
            ],
            Self::Registry => &[Plot {
                name: "bench-registry.svg",
                title: "The registry, ms",
                measure: "ms",
                cases: &["resolve, first time", "page of 100", "status of every tenant"],
                is_logarithmic: true,
            }],
            Self::Memory => &[
                Plot {
                    name: "bench-memory-process.svg",
                    title: "Memory of the process, MB",
                    measure: "process MB",
                    cases: &["each tenant asked"],
                    is_logarithmic: false,
                },
                Plot {
                    name: "bench-memory-server.svg",
                    title: "Memory of the server's processes, MB",
                    measure: "all backends MB",
                    cases: &["each tenant asked"],
                    is_logarithmic: false,
                },
            ],
        }
    }
}
