//! Locks that keep two runs apart. They end with the transaction that took them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Waits for the lock of this name. On SQLite the transaction holds the file's write lock already.
pub(crate) async fn take(transaction: &DatabaseTransaction, name: &str) -> Result<()> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let digest = Sha256::digest(format!("tenancy:{name}").as_bytes());
    let key = digest.iter().take(8).fold(0i64, |key, byte| (key << 8) | i64::from(*byte));
    let sql = "SELECT pg_catalog.pg_advisory_xact_lock($1)";
    transaction
        .execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]))
        .await
        .map_err(Error::database("waiting for a lock"))?;
    Ok(())
}
