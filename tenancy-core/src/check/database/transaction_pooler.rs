//! DBS009 `transaction-pooler`: a pooler that shares out server processes by transaction.

use async_trait::async_trait;

use super::{
    DatabaseCheck, DatabaseSubject,
    pooler::{Pooler, probe},
};
use crate::{
    check::{CheckDescription, CheckKind, Finding, Severity},
    error::{Error, Result},
    migrate::retry,
    scope::Dialect,
};

pub(crate) static CHECK: CheckDescription = CheckDescription {
    code: "DBS009",
    name: "transaction-pooler",
    severity: Severity::Error,
    kind: CheckKind::Database,
    explain: "\
## What it finds

A pooler between the application and PostgreSQL that gives each transaction another server process, as
PgBouncer does in transaction mode: without keeping the prepared statements of its clients apart, which
PgBouncer does since version 1.21 with `max_prepared_statements` above zero. Where they are kept apart, it
is a warning that the pooler stands before `database.direct_url` too.

For each address two connections are opened, and seven statements sent. A pooler that gives both the same
processes each time is not seen. While an application runs, each new connection is looked at again: while
there is such a pooler, what is asked of tenants is refused.

## Why it is wrong

Clients give their prepared statements the same names. Without tracking a client has the statement run
that another client has prepared, with its own values: about a quarter of the operations then silently
return the rows of another tenant. Session locks, LISTEN and what migrations set for a session do not
survive such a pooler at all.

## How to fix it

Switch tracking on in the pooler, or let it pool by session. Set `database.direct_url` to an address
that leads to the server past it.
",
};

#[derive(Debug)]
pub(super) struct TransactionPooler;

#[async_trait]
impl DatabaseCheck for TransactionPooler {
    fn description(&self) -> &'static CheckDescription {
        &CHECK
    }

    fn is_decisive(&self) -> bool {
        true
    }

    async fn run(&self, subject: &DatabaseSubject<'_>) -> Result<Vec<Finding>> {
        match subject.dialect() {
            Dialect::Sqlite | Dialect::MySql => return Ok(Vec::new()),
            Dialect::Postgres => {}
        }
        let databases = subject.databases();
        let data = probe(&databases.data).await?;
        let direct = match subject.has_direct {
            true => probe(&databases.direct).await?,
            false => data,
        };
        Ok([untracked(data), before_direct(direct)].into_iter().flatten().collect())
    }
}

/// What the first statement through such a pooler may fail with, before anything can be looked for:
/// the name that the driver gives a prepared statement is another client's there.
pub(crate) fn recognised(error: Error) -> Error {
    /// A prepared statement of the name exists, and does not.
    const CODES: [&str; 2] = ["42P05", "26000"];
    let Error::Database { source, .. } = &error else { return error };
    let is_mixed_up = retry::code(source).is_some_and(|code| CODES.contains(&code.as_str()));
    match untracked(Pooler::NotTracking).filter(|_| is_mixed_up) {
        Some(finding) => Error::UnsoundDatabase(finding.into()),
        None => error,
    }
}

/// Such a pooler was put before the server while the application ran.
pub(crate) fn appeared() -> Error {
    Error::UnsoundDatabase(untracked(Pooler::NotTracking).into_iter().collect())
}

fn untracked(seen: Pooler) -> Option<Finding> {
    match seen {
        Pooler::NotSeen | Pooler::Tracking => None,
        Pooler::NotTracking => Some(
            Finding::new(
                &CHECK,
                "a transaction pooler stands before `database.url`, and does not keep the prepared \
                 statements of its clients apart",
            )
            .with_hint(
                "with PgBouncer 1.21 or newer set `max_prepared_statements`, or let it pool by session",
            ),
        ),
    }
}

/// One that keeps prepared statements apart mixes up nothing: what needs a session fails by itself.
fn before_direct(seen: Pooler) -> Option<Finding> {
    let severity = match seen {
        Pooler::NotSeen => return None,
        Pooler::Tracking => Severity::Warning,
        Pooler::NotTracking => Severity::Error,
    };
    let finding = Finding::new(
        &CHECK,
        "a transaction pooler stands before `database.direct_url`, which migrations and session locks \
         need to pass by it",
    );
    let hint = "set `database.direct_url` to the address of the server itself";
    Some(Finding { severity, ..finding.with_hint(hint) })
}

#[cfg(test)]
#[cfg(all(feature = "testing", feature = "postgres"))]
mod tests;
