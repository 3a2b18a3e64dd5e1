//! Locks that keep two runs apart. They end with the transaction that took them; on MariaDB and MySQL
//! when the connection is given back (`databases::mysql`).

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The number that PostgreSQL knows a lock by.
pub(crate) fn key(name: &str) -> i64 {
    let digest = Sha256::digest(format!("tenancy:{name}").as_bytes());
    digest.iter().take(8).fold(0i64, |key, byte| (key << 8) | i64::from(*byte))
}

/// Waits for the lock of this name. On SQLite the transaction holds the file's write lock already.
pub(crate) async fn take(transaction: &DatabaseTransaction, name: &str) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::MySql {
        return take_on_mysql(transaction, name).await;
    }
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT pg_catalog.pg_advisory_xact_lock($1)";
    let take = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key(name).into()]);
    transaction.execute_raw(take).await.map_err(Error::database("waiting for a lock"))?;
    Ok(())
}

/// As often as others are tried again, it waits as long as a session waits for tables. Names are the
/// whole server's, so the database is part of them, and they have 64 characters at most.
async fn take_on_mysql(transaction: &DatabaseTransaction, name: &str) -> Result<()> {
    let doing = Error::database("waiting for a lock");
    let sql = "SELECT GET_LOCK(CONCAT('tenancy:', SHA1(CONCAT(DATABASE(), ':', ?))), \
               LEAST(5 * @@SESSION.lock_wait_timeout, 86400))";
    let take = Statement::from_sql_and_values(DbBackend::MySql, sql, [name.into()]);
    let row = transaction.query_one_raw(take).await.map_err(&doing)?;
    let taken: Option<i64> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?.flatten();
    if taken == Some(1) { Ok(()) } else { Err(Error::Busy { place: name.to_owned() }) }
}

/// Waits for the lock of this name, and lets no statement of the transaction wait longer than this for any
/// lock; neither that, on PostgreSQL.
pub(crate) async fn take_within(
    transaction: &DatabaseTransaction,
    name: &str,
    timeout: Duration,
) -> Result<()> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        limit_waiting(transaction, timeout).await?;
        return take(transaction, name).await;
    }
    let sql = "SELECT pg_catalog.set_config('lock_timeout', $1, true), \
               pg_catalog.pg_advisory_xact_lock($2)";
    let values = [milliseconds(timeout).into(), key(name).into()];
    let take = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    transaction.execute_raw(take).await.map_err(Error::database("waiting for a lock"))?;
    Ok(())
}

/// Takes the lock of this name for as long as a connection lives, if nobody has it.
pub(crate) async fn try_for_session(connection: &DatabaseConnection, name: &str) -> Result<bool> {
    let doing = Error::database("trying a lock");
    let sql = "SELECT pg_catalog.pg_try_advisory_lock($1)";
    let take = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key(name).into()]);
    let row = connection.query_one_raw(take).await.map_err(&doing)?;
    let taken: Option<bool> = row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
    Ok(taken == Some(true))
}

/// Lets no statement of the transaction wait longer for a lock: one that waits for a long query
/// holds up all that come after it.
pub(crate) async fn limit_waiting(
    transaction: &DatabaseTransaction,
    timeout: Duration,
) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::MySql {
        let seconds = timeout.as_millis().div_ceil(1_000).clamp(1, 86_400);
        let limit = format!(
            "SET SESSION lock_wait_timeout = {seconds}, SESSION innodb_lock_wait_timeout = {seconds}"
        );
        let limited = transaction.execute_unprepared(&limit).await;
        return limited.map(drop).map_err(Error::database("setting `lock_wait_timeout`"));
    }
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
