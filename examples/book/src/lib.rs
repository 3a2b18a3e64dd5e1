//! The Rust blocks of the book, and of the README files, compiled and run as tests.
//!
//! ```sh
//! cargo test --doc -p book
//! ```
//!
//! Nothing is in here but the pages themselves: a page with a Rust block that is missing is found by
//! `cargo xtask tidy`.

macro_rules! pages {
    ($($name:ident $page:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($page)]
            struct $name;
        )*
    };
}

pages! {
    Workspace "../../../README.md"
    Core "../../../tenancy-core/README.md"
    SharedSchema "../../../tenancy-shared-schema/README.md"
    SchemaPerTenant "../../../tenancy-schema-per-tenant/README.md"
    CommandLine "../../../tenancy-cli/README.md"
    Tutorial "../../../docs/tutorial.md"
    Choosing "../../../docs/choosing.md"
    Accident "../../../docs/accident.md"
    Poolers "../../../docs/poolers.md"
    Isolation "../../../docs/concepts/isolation.md"
    ThreatModel "../../../docs/concepts/threat-model.md"
    Migrations "../../../docs/guides/migrations.md"
    ZeroDowntime "../../../docs/guides/zero-downtime.md"
    SecondWall "../../../docs/guides/second-wall.md"
    MariaDb "../../../docs/guides/mariadb.md"
    Jobs "../../../docs/guides/jobs.md"
    Testing "../../../docs/guides/testing.md"
    FromFilters "../../../docs/guides/from-filters.md"
    FromLoco "../../../docs/guides/from-loco.md"
    FromDjangoTenants "../../../docs/guides/from-django-tenants.md"
}
