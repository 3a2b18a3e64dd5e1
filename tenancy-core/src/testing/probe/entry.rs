//! Every way in which an application sends a statement for a tenant.

use std::fmt;

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DbErr, QueryResult, Statement, StreamTrait, TransactionSession,
    TransactionTrait,
};

use crate::TenantConnection;

/// A way in which an application sends a statement for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Entry {
    /// `query_all_raw` and `execute_raw` of a connection, to which all typed statements come.
    Connection,
    /// The same in a transaction.
    Transaction,
    /// The same in a transaction within one.
    Savepoint,
    /// `stream_raw` of a connection.
    Stream,
    /// `stream_raw` in a transaction.
    TransactionStream,
    /// `execute_unprepared` of a connection.
    Unprepared,
    /// `execute_unprepared` in a transaction.
    TransactionUnprepared,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "a connection",
            Self::Transaction => "a transaction",
            Self::Savepoint => "a transaction within one",
            Self::Stream => "a stream",
            Self::TransactionStream => "a stream in a transaction",
            Self::Unprepared => "`execute_unprepared`",
            Self::TransactionUnprepared => "`execute_unprepared` in a transaction",
        })
    }
}

impl Entry {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Connection,
        Self::Transaction,
        Self::Savepoint,
        Self::Stream,
        Self::TransactionStream,
        Self::Unprepared,
        Self::TransactionUnprepared,
    ];

    /// Reads rows; `None` for an entry that gives none.
    pub(super) async fn read(
        self,
        tenant: &TenantConnection,
        sql: &str,
    ) -> Result<Option<Vec<QueryResult>>, DbErr> {
        let statement = Statement::from_string(tenant.get_database_backend(), sql);
        Ok(Some(match self {
            Self::Connection => tenant.query_all_raw(statement).await?,
            Self::Transaction => tenant.begin().await?.query_all_raw(statement).await?,
            Self::Savepoint => {
                let transaction = tenant.begin().await?;
                transaction.begin().await?.query_all_raw(statement).await?
            }
            Self::Stream => tenant.stream_raw(statement).await?.try_collect().await?,
            Self::TransactionStream => {
                let transaction = tenant.begin().await?;
                transaction.stream_raw(statement).await?.try_collect().await?
            }
            Self::Unprepared | Self::TransactionUnprepared => return Ok(None),
        }))
    }

    /// Changes rows for good, and counts them. `returning` makes the statement give a row for each.
    pub(super) async fn change(
        self,
        tenant: &TenantConnection,
        sql: &str,
        returning: &str,
    ) -> Result<u64, DbErr> {
        let backend = tenant.get_database_backend();
        let statement = Statement::from_string(backend, sql);
        let giving = || Statement::from_string(backend, format!("{sql} {returning}"));
        let count = |rows: Vec<QueryResult>| rows.len() as u64;
        Ok(match self {
            Self::Connection => tenant.execute_raw(statement).await?.rows_affected(),
            Self::Unprepared => tenant.execute_unprepared(sql).await?.rows_affected(),
            Self::Stream => count(tenant.stream_raw(giving()).await?.try_collect().await?),
            Self::Transaction => {
                let transaction = tenant.begin().await?;
                let changed = transaction.execute_raw(statement).await?.rows_affected();
                transaction.commit().await?;
                changed
            }
            Self::Savepoint => {
                let transaction = tenant.begin().await?;
                let savepoint = transaction.begin().await?;
                let changed = savepoint.execute_raw(statement).await?.rows_affected();
                TransactionSession::commit(savepoint).await?;
                transaction.commit().await?;
                changed
            }
            Self::TransactionStream => {
                let transaction = tenant.begin().await?;
                let rows = transaction.stream_raw(giving()).await?.try_collect().await?;
                transaction.commit().await?;
                count(rows)
            }
            Self::TransactionUnprepared => {
                let transaction = tenant.begin().await?;
                let changed = transaction.execute_unprepared(sql).await?.rows_affected();
                transaction.commit().await?;
                changed
            }
        })
    }
}
