//! Data of no tenant, or of all: `CentralConnection`, entered on purpose and with a reason.

use std::{future::Future, panic::Location, pin::Pin};

use async_trait::async_trait;
use chrono::Utc;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, ExecResult, IsolationLevel, QueryResult, Set, Statement, StreamTrait,
    TransactionError, TransactionOptions, TransactionTrait,
};
use uuid::Uuid;

use crate::{
    databases::{self, central_pool::CentralPool},
    error::{Error, Result},
    registry::entity::central_access,
    tenancy::Tenancy,
};

/// A connection on which statements are sent as they are: they see the shared tables, the registry
/// and the rows of every tenant.
///
/// It is opened with a reason, which is logged and kept in the table `tenants_central_access`
/// beside the place in the code, so that every way past the tenants can be found and counted.
#[derive(Debug, Clone)]
pub struct CentralConnection {
    pool: CentralPool,
    reason: String,
}

impl CentralConnection {
    /// Why it was opened.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Tenancy {
    /// Leaves the tenants on purpose.
    ///
    /// # Errors
    /// [`Error::NoReason`] for an empty reason, [`Error::NotInitialised`], and [`Error::Database`]
    /// when the access cannot be recorded.
    #[track_caller]
    pub fn central(&self, reason: &str) -> impl Future<Output = Result<CentralConnection>> + Send {
        // An async function would lose the place that it is called from.
        self.central_from(Location::caller(), reason.trim().to_owned())
    }

    /// Leaves the tenants for a reason that was given elsewhere.
    #[cfg(feature = "axum")]
    pub(crate) async fn central_at(
        &self,
        place: &'static Location<'static>,
        reason: &str,
    ) -> Result<CentralConnection> {
        self.central_from(place, reason.trim().to_owned()).await
    }

    async fn central_from(
        &self,
        place: &'static Location<'static>,
        reason: String,
    ) -> Result<CentralConnection> {
        if reason.is_empty() {
            return Err(Error::NoReason);
        }
        let pool = self.databases().central_pool.clone();
        let doing = Error::database("recording the access past the tenants");
        let turn = pool.turn().await.map_err(&doing)?;
        let registry = self.registry().over(turn.connection.clone());
        registry.marker(self.strategy().name()).await?;
        let place = format!("{}:{}", place.file(), place.line());
        tracing::info!(target: "tenancy::central", reason, place, "leaving the tenants");
        let access = central_access::ActiveModel {
            id: Set(Uuid::now_v7()),
            reason: Set(reason.clone()),
            place: Set(place),
            opened_at: Set(Utc::now()),
        };
        central_access::Entity::insert(access)
            .exec_without_returning(&turn.connection)
            .await
            .map_err(doing)?;
        Ok(CentralConnection { pool, reason })
    }
}

/// Sends a statement as it is; on MariaDB and MySQL it comes to its end although nobody waits for it.
macro_rules! send {
    ($central:ident, $method:ident, $sql:ident, to_owned) => {{
        let turn = $central.pool.turn().await?;
        if ConnectionTrait::get_database_backend($central) == DbBackend::MySql {
            let sql = $sql.to_owned();
            databases::to_the_end(async move { turn.connection.$method(&sql).await }).await
        } else {
            turn.connection.$method($sql).await
        }
    }};
    ($central:ident, $method:ident, $statement:ident) => {{
        let turn = $central.pool.turn().await?;
        if ConnectionTrait::get_database_backend($central) == DbBackend::MySql {
            databases::to_the_end(async move { turn.connection.$method($statement).await }).await
        } else {
            turn.connection.$method($statement).await
        }
    }};
}

#[async_trait]
impl ConnectionTrait for CentralConnection {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.connection().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        send!(self, execute_raw, statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        send!(self, execute_unprepared, sql, to_owned)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        send!(self, query_one_raw, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        send!(self, query_all_raw, statement)
    }

    fn support_returning(&self) -> bool {
        self.pool.connection().support_returning()
    }
}

impl StreamTrait for CentralConnection {
    type Stream<'a> = <DatabaseConnection as StreamTrait>::Stream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        self.pool.connection().get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        self.pool.connection().stream_raw(statement)
    }
}

#[async_trait]
impl TransactionTrait for CentralConnection {
    type Transaction = DatabaseTransaction;

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<DatabaseTransaction, DbErr> {
        let options =
            TransactionOptions { isolation_level, access_mode, ..TransactionOptions::default() };
        self.begin_with_options(options).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        databases::begin(self.pool.connection(), options).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c DatabaseTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.transaction_with_config(callback, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c DatabaseTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let begun = self.begin_with_config(isolation_level, access_mode).await;
        let transaction = begun.map_err(TransactionError::Connection)?;
        match callback(&transaction).await {
            Ok(value) => {
                transaction.commit().await.map_err(TransactionError::Connection)?;
                Ok(value)
            }
            Err(error) => {
                transaction.rollback().await.map_err(TransactionError::Connection)?;
                Err(TransactionError::Transaction(error))
            }
        }
    }
}
