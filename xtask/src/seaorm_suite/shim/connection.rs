//! `DatabaseConnection` as the tests know it, with a tenant's connection inside.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use real::{
    AccessMode, ConnectOptions, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel,
    QueryResult, Schema, SchemaBuilder, Statement, StreamTrait, TransactionError,
    TransactionOptions, TransactionTrait, sqlx::postgres::PgQueryResult,
};
use tenancy_core::{TenantConnection, TenantTransaction, connection::TenantStream};
use tokio::sync::Mutex;

use crate::{
    definition::Definition,
    rbac::{RbacEngine, RbacUserId},
    restricted_connection::{RbacEngineMount, RestrictedConnection},
    suite::Suite,
};

/// The connection of the tenant that a test runs for.
#[derive(Clone)]
pub struct DatabaseConnection {
    inner: Arc<Inner>,
    pub(crate) rbac: RbacEngineMount,
}

struct Inner {
    suite: Mutex<Suite>,
    /// The tenant's connection after the newest migration.
    acme: RwLock<TenantConnection>,
    /// Whether the test may have written since the neighbour was last looked after.
    written: AtomicBool,
    /// Whether there has been a transaction: nobody tells when it is committed.
    transacted: AtomicBool,
}

/// Sets an application with two tenants up in an empty database.
pub async fn open(options: ConnectOptions) -> DatabaseConnection {
    let suite = Suite::new(&options).await.unwrap();
    let acme = RwLock::new(suite.acme.clone());
    let inner = Inner {
        suite: Mutex::new(suite),
        acme,
        written: AtomicBool::new(false),
        transacted: AtomicBool::new(false),
    };
    DatabaseConnection { inner: Arc::new(inner), rbac: RbacEngineMount::default() }
}

impl fmt::Debug for DatabaseConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseConnection")
    }
}

impl DatabaseConnection {
    /// The tenant's connection, after the neighbour has been looked after.
    async fn acme(&self) -> Result<TenantConnection, DbErr> {
        let written = self.inner.written.swap(false, Ordering::AcqRel);
        if written || self.inner.transacted.load(Ordering::Acquire) {
            self.inner.suite.lock().await.neighbour.keep_up().await?;
        }
        Ok(self.inner.acme.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The same for a statement that may write.
    async fn writing(&self, sql: &str) -> Result<TenantConnection, DbErr> {
        let acme = self.acme().await?;
        if !sql.starts_with("SELECT") {
            self.inner.written.store(true, Ordering::Release);
        }
        Ok(acme)
    }

    /// The same for a transaction.
    async fn transacting(&self) -> Result<TenantConnection, DbErr> {
        let acme = self.acme().await?;
        self.inner.transacted.store(true, Ordering::Release);
        Ok(acme)
    }

    /// Looks at the other tenant a last time.
    pub async fn finish(&self) {
        let mut suite = self.inner.suite.lock().await;
        suite.neighbour.keep_up().await.unwrap();
        suite.neighbour.check_presence().await.unwrap();
    }

    async fn define(&self, definition: Definition) -> Result<ExecResult, DbErr> {
        let mut suite = self.inner.suite.lock().await;
        let change = match definition {
            Definition::Change(sql) => Some(sql),
            Definition::DropTable(name) => {
                let known = suite.tables().table(&name).is_some();
                known.then(|| format!("DROP TABLE \"{name}\""))
            }
            Definition::DropType(name) => {
                let known = suite.tables().is_tenant_type(&name);
                known.then(|| format!("DROP TYPE \"{name}\""))
            }
            Definition::Extension(name) => {
                // Found from every search path there.
                let create = format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA pg_catalog");
                suite.neighbour.direct().execute_unprepared(&create).await?;
                None
            }
        };
        if let Some(sql) = change {
            suite.change(sql).await?;
            *self.inner.acme.write().unwrap_or_else(PoisonError::into_inner) = suite.acme.clone();
        }
        Ok(PgQueryResult::default().into())
    }

    /// The database underneath.
    pub fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    /// Builds definitions of tables.
    pub fn get_schema_builder(&self) -> SchemaBuilder {
        Schema::new(DbBackend::Postgres).builder()
    }

    /// Reads the rules of access from the tenant's tables.
    pub async fn load_rbac(&self) -> Result<(), DbErr> {
        self.rbac.replace(RbacEngine::load_from(self).await?);
        Ok(())
    }

    /// Takes other rules of access.
    pub fn replace_rbac(&self, engine: RbacEngine) {
        self.rbac.replace(engine);
    }

    /// A connection that keeps to the rules of access of a user.
    pub fn restricted_for(&self, user_id: RbacUserId) -> Result<RestrictedConnection, DbErr> {
        if self.rbac.is_some() {
            Ok(RestrictedConnection { user_id, conn: self.clone() })
        } else {
            Err(DbErr::RbacError("engine not set up".into()))
        }
    }

    /// Tells whether the database can be reached.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.acme().await?.ping().await
    }

    /// Runs an async closure in a transaction.
    pub async fn transaction_async<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c TenantTransaction) -> Result<T, E> + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        let acme = self.transacting().await.map_err(TransactionError::Connection)?;
        acme.transaction_async(callback).await
    }

    /// Runs an async closure in a transaction.
    pub async fn transaction_with_config_async<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c TenantTransaction) -> Result<T, E> + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        let acme = self.transacting().await.map_err(TransactionError::Connection)?;
        acme.transaction_with_config_async(callback, isolation_level, access_mode).await
    }
}

#[async_trait]
impl ConnectionTrait for DatabaseConnection {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match Definition::of(&statement.sql) {
            Some(definition) => self.define(definition).await,
            None => self.writing(&statement.sql).await?.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match Definition::of(sql) {
            Some(definition) => self.define(definition).await,
            None => self.writing(sql).await?.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.writing(&statement.sql).await?.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.writing(&statement.sql).await?.query_all_raw(statement).await
    }

    fn support_returning(&self) -> bool {
        true
    }
}

impl StreamTrait for DatabaseConnection {
    type Stream<'a> = TenantStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move { self.writing(&statement.sql).await?.stream_raw(statement).await })
    }
}

#[async_trait]
impl TransactionTrait for DatabaseConnection {
    type Transaction = TenantTransaction;

    async fn begin(&self) -> Result<TenantTransaction, DbErr> {
        self.transacting().await?.begin().await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<TenantTransaction, DbErr> {
        self.transacting().await?.begin_with_config(isolation_level, access_mode).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<TenantTransaction, DbErr> {
        self.transacting().await?.begin_with_options(options).await
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
        let acme = self.transacting().await.map_err(TransactionError::Connection)?;
        acme.transaction(callback).await
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
        let acme = self.transacting().await.map_err(TransactionError::Connection)?;
        acme.transaction_with_config(callback, isolation_level, access_mode).await
    }
}
