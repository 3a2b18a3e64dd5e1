//! Work that others can hold up: tried again, a bounded number of times.

use std::{future::Future, time::Duration};

use sea_orm::DbErr;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
use sea_orm::RuntimeErr;

use crate::error::{Error, Result};

/// How often work is tried before its failure is the answer.
const ATTEMPTS: u32 = 5;

/// How long it waits before the second attempt; twice as long before each one after.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How often lost connections are put up with beside that: each attempt may meet another one of the
/// pool that the server has ended, and a server takes some seconds to start again.
const LOST: u32 = 30;

/// How much longer than before the last one it waits after another lost connection, up to
/// [`LONGEST_PAUSE`].
const LOST_PAUSE: Duration = Duration::from_millis(20);

const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// PostgreSQL's lock_not_available, deadlock_detected and serialization_failure
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const CONTENDED: [&str; 3] = ["55P03", DEADLOCK, "40001"];
const DEADLOCK: &str = "40P01";

/// PostgreSQL's admin_shutdown, crash_shutdown and cannot_connect_now (same list).
const SHUT_DOWN: [&str; 3] = ["57P01", "57P02", "57P03"];

/// MySQL's lock wait timeout and deadlock
/// (<https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>).
const MYSQL_CONTENDED: [u16; 2] = [1205, 1213];

/// MySQL's server shutdown in progress, and MariaDB's connection was killed.
const MYSQL_SHUT_DOWN: [u16; 2] = [1053, 1927];

/// What MariaDB and MySQL answer where triggers and functions are made beside a binary log by a user whom
/// they do not trust to.
const MYSQL_UNTRUSTED: u16 = 1419;

/// SQLite's `SQLITE_BUSY` and its extended codes (<https://www.sqlite.org/rescode.html>).
const SQLITE_CODES: [&str; 4] = ["5", "261", "517", "773"];

/// Why a later attempt may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// Someone else held what was needed.
    Contended,
    /// The server went away.
    Lost,
}

fn passing(error: &Error) -> Option<Passing> {
    let (Error::Database { source, .. }
    | Error::MigrationFailed { source, .. }
    | Error::AppliedInPart { source, .. }) = error
    else {
        return None;
    };
    let code = code(source).unwrap_or_default();
    let number = number(source).unwrap_or_default();
    if is_lost(source) || SHUT_DOWN.contains(&code.as_str()) || MYSQL_SHUT_DOWN.contains(&number) {
        return Some(Passing::Lost);
    }
    let is_contended = MYSQL_CONTENDED.contains(&number)
        || CONTENDED.contains(&code.as_str())
        || SQLITE_CODES.contains(&code.as_str());
    is_contended.then_some(Passing::Contended)
}

/// What the driver said, where it is the driver's error.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn driver_error(error: &DbErr) -> Option<&sea_orm::sqlx::Error> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these carry what the driver said")]
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// Whether the connection was lost, or none could be opened.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) fn is_lost(error: &DbErr) -> bool {
    matches!(driver_error(error), Some(sea_orm::sqlx::Error::Io(_)))
}

/// The code that the database gave an error.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) fn code(error: &DbErr) -> Option<String> {
    Some(driver_error(error)?.as_database_error()?.code()?.into_owned())
}

/// The number that MariaDB or MySQL gave an error: several have one code.
#[cfg(feature = "mysql")]
pub(crate) fn number(error: &DbErr) -> Option<u16> {
    use sea_orm::sqlx::mysql::MySqlDatabaseError;

    let error = driver_error(error)?.as_database_error()?;
    error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// Without its driver there is none.
#[cfg(not(feature = "mysql"))]
pub(crate) fn number(_: &DbErr) -> Option<u16> {
    None
}

/// Whether PostgreSQL has rolled a statement back because it and others waited for each other. Of a text
/// of several statements MariaDB and MySQL keep those before it.
pub(crate) fn is_deadlock(error: &DbErr) -> bool {
    code(error).is_some_and(|code| code == DEADLOCK)
}

/// Whether the server would make a trigger or a function only for somebody whom it trusts.
pub(crate) fn needs_trust(error: &DbErr) -> bool {
    number(error) == Some(MYSQL_UNTRUSTED)
}

/// Whether the database has rolled back what others held up, so that it may be done once more.
#[cfg(feature = "tower")]
pub(crate) fn is_contended(error: &DbErr) -> bool {
    code(error).is_some_and(|code| CONTENDED.contains(&code.as_str()))
        || number(error).is_some_and(|number| MYSQL_CONTENDED.contains(&number))
}

/// Without a driver there is no connection to lose.
#[cfg(not(any(feature = "mysql", feature = "postgres", feature = "sqlite")))]
pub(crate) fn is_lost(_: &DbErr) -> bool {
    false
}

/// Without a driver there is no database that gives codes.
#[cfg(not(any(feature = "mysql", feature = "postgres", feature = "sqlite")))]
pub(crate) fn code(_: &DbErr) -> Option<String> {
    None
}

/// Tries until it succeeds, fails for a reason that does not pass, or has been tried enough.
pub(crate) async fn while_passing<T, F, W>(mut work: F) -> Result<T>
where
    F: FnMut() -> W,
    W: Future<Output = Result<T>>,
{
    let (mut contended, mut lost) = (0, 0);
    loop {
        let error = match work().await {
            Err(error) => error,
            done => return done,
        };
        let pause = match passing(&error) {
            Some(Passing::Contended) if contended + 1 < ATTEMPTS => {
                contended += 1;
                FIRST_PAUSE * 2u32.pow(contended - 1)
            }
            Some(Passing::Lost) if lost < LOST => {
                lost += 1;
                (LOST_PAUSE * lost).min(LONGEST_PAUSE)
            }
            Some(Passing::Contended | Passing::Lost) | None => return Err(error),
        };
        tracing::debug!(error = %error.with_sources(), "waiting for others");
        tokio::time::sleep(pause).await;
    }
}
