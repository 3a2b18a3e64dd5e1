//! DBS001 `check-not-run`: something could not be looked at.

use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity},
    error::Error,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS001",
    name: "check-not-run",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A check of the database, or all of them, that could not do its work: the database is down, a permission
is missing, a file cannot be read, the migrations cannot be written down.

## Why it is wrong

What has not been looked at is not sound. Left out in silence, it would read like a clean result.

## How to fix it

Mend what the finding says. The checks read the catalog of the database and the registry's tables over
`database.direct_url`; on PostgreSQL every role may read the catalog, and the role must be able to read
the tables `tenants_…`.
",
};

fn not_run(what: &str, error: &Error) -> Finding {
    let message = format!("{what} could not be checked, because {}", error.with_sources());
    let usual = "see that the database is up, and that the role may read the tables `tenants_…`";
    Finding::new(&CHECK, message).with_hint(error.hint().unwrap_or(usual))
}

/// Reports that nothing of the database could be looked at.
pub(crate) fn everything(error: &Error) -> Finding {
    not_run("the database", error)
}

/// Reports that nobody knows which tables are of tenants.
pub(crate) fn tenant_tables(error: &Error) -> Finding {
    not_run("what is said of tenant tables", error)
}

/// Reports the place of a tenant that could not be looked at.
pub(super) fn place(slug: &str, error: &Error) -> Finding {
    not_run(&format!("the place of `{slug}`"), error)
}

/// Reports a check that could not do its work.
pub(super) fn one(check: &CheckDescription, error: &Error) -> Finding {
    not_run(&format!("`{}` ({})", check.name, check.code), error)
}
