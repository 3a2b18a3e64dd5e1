//! APP007 `own-connection`: the application opens a connection beside Tenancy.

use tenancy_core::check::{CheckDescription, CheckKind, Finding, Severity};

use crate::check::{Check, Subject, source::RustFile};

pub(in crate::check) static CHECK: Check = Check {
    description: CheckDescription {
        code: "APP007",
        name: "own-connection",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "\
## What it finds

A connection or pool that the application opens itself: `Database::connect`, `SqlxPostgresConnector` and
its kin, sqlx's pools.

## Why it is wrong

Whatever goes through it is not scoped: it sees every tenant's rows, or none. It is the one way past
tenancy that no check at run time can see.

## How to fix it

Query through `tenancy.connection(&tenant)`, and reach data of no tenant through
`tenancy.central(\"reason\")`. A database that has nothing to do with tenants is a reason to silence this
code.

Clippy finds the same while it is written, by these lines in `clippy.toml`:

    disallowed-methods = [
      { path = \"sea_orm::Database::connect\", reason = \"connections come from Tenancy\" },
    ]
",
    },
    run: find,
};

/// What opens a connection: the type and its functions.
pub(super) const OPENERS: &[(&str, &[&str])] = &[
    ("Database", &["connect", "connect_proxy"]),
    ("SqlxPostgresConnector", &["connect", "from_sqlx_postgres_pool"]),
    ("SqlxSqliteConnector", &["connect", "from_sqlx_sqlite_pool"]),
    ("SqlxMySqlConnector", &["connect", "from_sqlx_mysql_pool"]),
    ("PgPool", &["connect", "connect_lazy", "connect_with"]),
    ("SqlitePool", &["connect", "connect_lazy", "connect_with"]),
    ("MySqlPool", &["connect", "connect_lazy", "connect_with"]),
    ("PgPoolOptions", &["new"]),
    ("SqlitePoolOptions", &["new"]),
    ("MySqlPoolOptions", &["new"]),
    ("PgConnection", &["connect"]),
    ("SqliteConnection", &["connect"]),
    ("MySqlConnection", &["connect"]),
];

/// The crates that these types come from; a type of the same name may be anybody's.
const CRATES: [&str; 3] = ["sea_orm", "sea_orm_migration", "sqlx"];

fn find(subject: &Subject<'_>) -> Vec<Finding> {
    subject.sources.files.iter().flat_map(in_file).collect()
}

fn in_file(file: &RustFile) -> Vec<Finding> {
    let opened = file.facts.paths.iter().filter(|(path, _)| opens(path));
    opened
        .map(|(path, line)| {
            let call = path[path.len() - 2..].join("::");
            Finding::new(
                &CHECK.description,
                format!("`{call}` opens a connection beside `Tenancy`"),
            )
            .at(file.line(*line))
            .with_hint(
                "use `tenancy.connection(&tenant)`, or `tenancy.central(\"reason\")` for data \
                     of no tenant",
            )
        })
        .collect()
}

fn opens(path: &[String]) -> bool {
    let [before @ .., owner, function] = path else { return false };
    let known = OPENERS
        .iter()
        .any(|(known, functions)| owner == known && functions.contains(&function.as_str()));
    let origin = before.first().map(String::as_str);
    known && origin.is_none_or(|origin| CRATES.contains(&origin))
}
