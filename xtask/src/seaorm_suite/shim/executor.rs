//! SeaORM's `DatabaseExecutor`, word for word, over the tenant's connection and transaction:
//! SeaORM's own is closed over its own types.

use std::{fmt, future::Future, pin::Pin};

use async_trait::async_trait;
use real::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, TransactionError, TransactionOptions, TransactionTrait,
};
use tenancy_core::TenantTransaction;

use crate::DatabaseConnection;

/// A connection or a transaction of the tenant.
#[derive(Debug)]
pub enum DatabaseExecutor<'c> {
    /// A connection.
    Connection(&'c DatabaseConnection),
    /// A transaction.
    Transaction(&'c TenantTransaction),
}

/// What can stand for either.
pub trait IntoDatabaseExecutor<'c>: Send {
    /// Makes it one of the two.
    fn into_database_executor(self) -> DatabaseExecutor<'c>;
}

impl<'c> From<&'c DatabaseConnection> for DatabaseExecutor<'c> {
    fn from(connection: &'c DatabaseConnection) -> Self {
        Self::Connection(connection)
    }
}

impl<'c> From<&'c TenantTransaction> for DatabaseExecutor<'c> {
    fn from(transaction: &'c TenantTransaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl<'c, E: Into<DatabaseExecutor<'c>> + Send> IntoDatabaseExecutor<'c> for E {
    fn into_database_executor(self) -> DatabaseExecutor<'c> {
        self.into()
    }
}

/// Calls a method of whichever it is.
macro_rules! either {
    ($executor:ident.$method:ident($($argument:ident),*)) => {
        match $executor {
            Self::Connection(connection) => connection.$method($($argument),*).await,
            Self::Transaction(transaction) => transaction.$method($($argument),*).await,
        }
    };
}

#[async_trait]
impl ConnectionTrait for DatabaseExecutor<'_> {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        either!(self.execute_raw(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        either!(self.execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        either!(self.query_one_raw(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        either!(self.query_all_raw(statement))
    }
}

#[async_trait]
impl TransactionTrait for DatabaseExecutor<'_> {
    type Transaction = TenantTransaction;

    async fn begin(&self) -> Result<TenantTransaction, DbErr> {
        either!(self.begin())
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<TenantTransaction, DbErr> {
        either!(self.begin_with_config(isolation_level, access_mode))
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<TenantTransaction, DbErr> {
        either!(self.begin_with_options(options))
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c TenantTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        either!(self.transaction(callback))
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c TenantTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        either!(self.transaction_with_config(callback, isolation_level, access_mode))
    }
}
