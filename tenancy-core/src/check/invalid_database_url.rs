//! CFG013 `invalid-database-url`: the address of a database is not usable.

use super::{CheckDescription, CheckKind, Finding, Severity, Source};
use crate::config::InvalidDatabaseUrl;

pub(super) static CHECK: CheckDescription = CheckDescription {
    code: "CFG013",
    name: "invalid-database-url",
    severity: Severity::Error,
    kind: CheckKind::Static,
    explain: "\
## What it finds

An address without a scheme, host or database, with a scheme other than `postgres`, `postgresql`,
`mysql` or `sqlite`, or with characters that must be written as `%..`.

## Why it is wrong

Nothing can be opened at such an address.

## How to fix it

Write it as `postgres://user:password@host:5432/database` or `sqlite://path/to/file.db?mode=rwc`. The
address itself is not shown, because it may hold a password.
",
};

/// Reports why an address is not usable, never the address.
pub(crate) fn finding(path: &str, reason: InvalidDatabaseUrl, source: Source) -> Finding {
    Finding::new(&CHECK, format!("`{path}` {reason}")).at(source).with_hint(
        "write `postgres://user:password@host/database`, `mysql://..` or `sqlite://file.db`",
    )
}
