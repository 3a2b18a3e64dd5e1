//! [`Transaction`]: a transaction on a connection of SeaORM's, or on a session.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionOptions, TransactionTrait,
};

#[cfg(feature = "postgres")]
use super::sessions::SessionTransaction;

/// A transaction on a connection of SeaORM's, or on a session.
#[derive(Debug)]
pub(crate) enum Transaction {
    Plain(DatabaseTransaction),
    #[cfg(feature = "postgres")]
    OfSession(SessionTransaction),
}

/// Does the same with either.
macro_rules! either {
    ($of:expr, $transaction:ident => $do:expr) => {
        match $of {
            Transaction::Plain($transaction) => $do,
            #[cfg(feature = "postgres")]
            Transaction::OfSession($transaction) => $do,
        }
    };
}

impl Transaction {
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        either!(self, transaction => transaction.commit().await)
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        either!(self, transaction => transaction.rollback().await)
    }

    /// Begins a transaction within this one.
    pub(crate) async fn within(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        match self {
            Self::Plain(outer) => outer.begin_with_options(options).await.map(Self::Plain),
            #[cfg(feature = "postgres")]
            Self::OfSession(outer) => outer.within(options).await.map(Self::OfSession),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Plain(transaction) => ConnectionTrait::get_database_backend(transaction),
            #[cfg(feature = "postgres")]
            Self::OfSession(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        either!(self, transaction => transaction.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        either!(self, transaction => transaction.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        either!(self, transaction => transaction.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        either!(self, transaction => transaction.query_all_raw(statement).await)
    }
}
