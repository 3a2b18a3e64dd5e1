//! What SeaORM's restricted connection calls of SeaORM's own, word for word.

use real::{TransactionError, TransactionSession};

/// Runs a callback in a transaction, and ends the transaction as the callback did.
pub(crate) async fn run_async_transaction_callback<Txn, F, T, E>(
    transaction: Txn,
    callback: F,
) -> Result<T, TransactionError<E>>
where
    Txn: TransactionSession + Send + Sync,
    F: for<'b> AsyncFnOnce(&'b Txn) -> Result<T, E> + Send,
    T: Send,
    E: std::fmt::Display + std::fmt::Debug + Send,
{
    let result = callback(&transaction).await.map_err(TransactionError::Transaction);
    if result.is_ok() {
        transaction.commit().await.map_err(TransactionError::Connection)?;
    } else {
        transaction.rollback().await.map_err(TransactionError::Connection)?;
    }
    result
}
