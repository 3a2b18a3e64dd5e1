//! The database's own rules about rows read the tenant from a setting of the transaction. Here it is
//! set, and statements that come without a transaction get one.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult, Statement,
    StreamTrait, TransactionOptions,
};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::{
    databases::{self, sub_pools::Turn},
    strategy::{Kept, TenantSetting},
    tenant::Tenant,
};

/// How many rows of a stream wait for who reads them.
const ROWS_AHEAD: usize = 64;

/// What tells the database whose statements they are.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    setting: &'static str,
    value: String,
}

impl Guard {
    pub(super) fn new(setting: TenantSetting, tenant: &Tenant) -> Self {
        Self { setting: setting.name, value: setting.value_for(tenant) }
    }

    /// Tells it for as long as the transaction lasts.
    pub(super) async fn tell(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let sql = "SELECT pg_catalog.set_config($1, $2, true)";
        let values = [self.setting.into(), self.value.as_str().into()];
        let backend = ConnectionTrait::get_database_backend(transaction);
        let tell = Statement::from_sql_and_values(backend, sql, values);
        transaction.execute_raw(tell).await.map(drop)
    }

    /// Begins a transaction of the tenant.
    pub(super) async fn begin(
        &self,
        database: &DatabaseConnection,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        let transaction = databases::begin(database, options).await?;
        self.tell(&transaction).await?;
        Ok(transaction)
    }

    /// Streams the rows of a statement out of a transaction that ends with it.
    pub(super) async fn stream(
        self,
        turn: Turn,
        statement: Statement,
    ) -> Result<TenantStream, DbErr> {
        let transaction = self.begin(&turn.connection, TransactionOptions::default()).await?;
        let (opened, is_open) = oneshot::channel();
        let (rows, mut ahead) = mpsc::channel(ROWS_AHEAD);
        // The transaction cannot be borrowed by what it is kept with, so a task keeps it.
        tokio::spawn(async move {
            match transaction.stream_raw(statement).await {
                Ok(mut stream) => {
                    drop(opened.send(Ok(())));
                    while let Some(row) = stream.next().await {
                        if rows.send(row).await.is_err() {
                            break;
                        }
                    }
                }
                Err(error) => drop(opened.send(Err(error))),
            }
            // A statement that gives rows may have written some, which are there only now.
            if let Err(error) = transaction.commit().await {
                drop(rows.send(Err(error)).await);
            }
            drop(turn);
        });
        match is_open.await {
            Ok(Ok(())) => {
                let rows = futures_util::stream::poll_fn(move |context| ahead.poll_recv(context));
                Ok(TenantStream::of(rows, None, None))
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(DbErr::Custom("the stream was given up".to_owned())),
        }
    }
}

/// Ends a transaction as its statement did.
pub(super) async fn end<T>(
    transaction: DatabaseTransaction,
    sent: Result<T, DbErr>,
) -> Result<T, DbErr> {
    match sent {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // The statement's own error says more than that the connection is gone.
            drop(transaction.rollback().await);
            Err(error)
        }
    }
}

/// The rows of a tenant's statement, one after another.
pub struct TenantStream {
    rows: Pin<Box<dyn Stream<Item = Result<QueryResult, DbErr>> + Send>>,
    /// What keeps the connection for the stream; it comes after it.
    _turn: Option<OwnedSemaphorePermit>,
    /// What the route of the stream keeps; it comes after it as well.
    _kept: Option<Kept>,
}

impl TenantStream {
    pub(super) fn of(
        rows: impl Stream<Item = Result<QueryResult, DbErr>> + Send + 'static,
        turn: Option<OwnedSemaphorePermit>,
        kept: Option<Kept>,
    ) -> Self {
        Self { rows: Box::pin(rows), _turn: turn, _kept: kept }
    }
}

impl fmt::Debug for TenantStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantStream").finish_non_exhaustive()
    }
}

impl Stream for TenantStream {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().rows.as_mut().poll_next(context)
    }
}
