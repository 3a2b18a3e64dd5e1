//! Locks that keep two runs apart. They end with the transaction that took them.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The number that PostgreSQL knows a lock by.
pub(crate) fn key(name: &str) -> i64 {
    let digest = Sha256::digest(format!("tenancy:{name}").as_bytes());
    digest.iter().take(8).fold(0i64, |key, byte| (key << 8) | i64::from(*byte))
}

/// Waits for the lock of this name. On SQLite the transaction holds the file's write lock already.
pub(crate) async fn take(transaction: &DatabaseTransaction, name: &str) -> Result<()> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT pg_catalog.pg_advisory_xact_lock($1)";
    let take = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key(name).into()]);
    transaction.execute_raw(take).await.map_err(Error::database("waiting for a lock"))?;
    Ok(())
}

/// Lets no statement of the transaction wait longer for a lock: one that waits for a long query
/// holds up all that come after it.
pub(crate) async fn limit_waiting(
    transaction: &DatabaseTransaction,
    timeout: Duration,
) -> Result<()> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT pg_catalog.set_config('lock_timeout', $1, true)";
    let limit =
        Statement::from_sql_and_values(DbBackend::Postgres, sql, [milliseconds(timeout).into()]);
    transaction.execute_raw(limit).await.map_err(Error::database("setting `lock_timeout`"))?;
    Ok(())
}

/// A time as PostgreSQL's settings take it.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}
