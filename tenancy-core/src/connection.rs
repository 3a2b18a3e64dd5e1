//! What an application queries a tenant through: `TenantConnection` and `TenantTransaction`.

mod replan;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU8, Ordering},
    },
};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, IsolationLevel, QueryResult, Statement, StreamTrait, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};

pub(crate) use self::replan::Plans;
use crate::{
    databases,
    error::{Error, Result},
    name::PhysicalName,
    scope::{Scoper, TenantScope},
    tenancy::Tables,
    tenant::{Tenant, TenantStatus},
};

/// The status and generation of a tenant as this process knows them, shared by its handles.
#[derive(Debug)]
pub(crate) struct TenantState {
    status: AtomicU8,
    generation: AtomicI64,
    known_since: AtomicI64,
}

impl TenantState {
    pub(crate) fn new(tenant: &Tenant) -> Self {
        Self {
            status: AtomicU8::new(tenant.status as u8),
            generation: AtomicI64::new(tenant.generation),
            known_since: AtomicI64::new(tenant.updated_at.timestamp_micros()),
        }
    }

    /// Takes over what the registry says of the tenant, unless something newer is known.
    pub(crate) fn update(&self, tenant: &Tenant) {
        let since = tenant.updated_at.timestamp_micros();
        if self.known_since.fetch_max(since, Ordering::AcqRel) <= since {
            self.status.store(tenant.status as u8, Ordering::Release);
        }
        self.generation.fetch_max(tenant.generation, Ordering::AcqRel);
    }

    fn status(&self) -> Option<TenantStatus> {
        let status = self.status.load(Ordering::Acquire);
        TenantStatus::ALL.into_iter().find(|known| *known as u8 == status)
    }
}

/// What binds statements to a tenant. It never changes tenant.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    tenant: Arc<Tenant>,
    tables: Arc<Tables>,
    scope: TenantScope,
    state: Arc<TenantState>,
    plans: Arc<Plans>,
}

impl Binding {
    pub(crate) fn new(
        tenant: Tenant,
        tables: Arc<Tables>,
        scope: TenantScope,
        state: Arc<TenantState>,
        plans: Arc<Plans>,
    ) -> Self {
        Self { tenant: Arc::new(tenant), tables, scope, state, plans }
    }

    /// Refuses what comes through a handle whose tenant is out of service or has moved.
    pub(crate) fn check_served(&self) -> Result<()> {
        let slug = || self.tenant.slug.to_string();
        if self.state.generation.load(Ordering::Acquire) != self.tenant.generation {
            return Err(Error::StaleHandle { slug: slug() });
        }
        match self.state.status() {
            Some(status) if status.is_served() => Ok(()),
            Some(status) => Err(Error::NotServed { slug: slug(), status }),
            None => Err(Error::StaleHandle { slug: slug() }),
        }
    }

    /// The statement as the tenant's; one that names an unknown table is tried once more when the
    /// tables have been looked at.
    async fn scoped(
        &self,
        statement: Statement,
        outside_transaction: bool,
    ) -> Result<Statement, DbErr> {
        self.check_served()?;
        let scoper = self.tables.scoper()?;
        let (refusal, statement) = match scoper.scope_or_return(statement, &self.scope) {
            Ok(scoped) => return Ok(scoped),
            Err(refused) => *refused,
        };
        match self.tables.newer_for(&refusal, &scoper, outside_transaction).await {
            Some(newer) => Ok(newer.scope(statement, &self.scope).map_err(Error::from)?),
            None => Err(Error::from(refusal).into()),
        }
    }

    /// The same for a text without values.
    async fn scoped_text(&self, sql: &str, outside_transaction: bool) -> Result<String, DbErr> {
        self.check_served()?;
        let scoper = self.tables.scoper()?;
        let refusal = match scoper.scope_unprepared(sql, &self.scope) {
            Ok(scoped) => return Ok(scoped),
            Err(refusal) => refusal,
        };
        match self.tables.newer_for(&refusal, &scoper, outside_transaction).await {
            Some(newer) => Ok(newer.scope_unprepared(sql, &self.scope).map_err(Error::from)?),
            None => Err(Error::from(refusal).into()),
        }
    }

    /// What to send if the server has outlived the prepared form of a statement. Within a
    /// transaction there is none: the server refuses everything after an error there.
    fn spare(&self, scoped: &Statement, outside_transaction: bool) -> Option<Statement> {
        (outside_transaction && scoped.db_backend == DbBackend::Postgres).then(|| scoped.clone())
    }
}

/// A connection on which every statement is the tenant's: scoped, or refused before it is sent.
///
/// It stands wherever SeaORM takes a connection. It is a value that the code carries, cheap to
/// clone; nothing ambient decides whose statement it is.
#[derive(Debug, Clone)]
pub struct TenantConnection {
    inner: DatabaseConnection,
    binding: Binding,
}

/// A transaction of one tenant, as [`TenantConnection`] begins it. A transaction within it is a
/// savepoint of the same tenant.
#[derive(Debug)]
pub struct TenantTransaction {
    inner: DatabaseTransaction,
    binding: Binding,
}

impl TenantConnection {
    pub(crate) fn new(inner: DatabaseConnection, binding: Binding) -> Self {
        Self { inner, binding }
    }

    /// Tells whether the database can be reached.
    ///
    /// # Errors
    /// When it cannot, or the tenant is not served.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.binding.check_served()?;
        self.inner.ping().await
    }

    /// The tenant as it was when the connection was opened.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.binding.tenant
    }

    /// The database underneath.
    #[must_use]
    pub fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.inner)
    }

    /// The statement as it would be sent.
    ///
    /// # Errors
    /// As if it were sent: when the tenant is not served, or the statement is refused.
    pub fn explain(&self, statement: Statement) -> Result<Statement> {
        self.binding.check_served()?;
        Ok(self.binding.tables.scoper()?.scope(statement, &self.binding.scope)?)
    }
}

impl TenantTransaction {
    /// The tenant as it was when the connection was opened.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.binding.tenant
    }

    /// The database underneath.
    #[must_use]
    pub fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.inner)
    }

    /// Binds a transaction of a migration to the tenant whose rows it works on. Whether the tenant is
    /// served does not matter to a migration; that it is this tenant's does.
    pub(crate) fn migrating(
        inner: DatabaseTransaction,
        tenant: &Tenant,
        schema: Option<&PhysicalName>,
        scoper: Arc<Scoper>,
    ) -> Self {
        let tenant = Tenant { status: TenantStatus::Active, ..tenant.clone() };
        let state = Arc::new(TenantState::new(&tenant));
        let scope = TenantScope { id: tenant.id, schema: schema.cloned() };
        let plans = Arc::default();
        let tables = Arc::new(Tables::fixed(scoper));
        Self { inner, binding: Binding::new(tenant, tables, scope, state, plans) }
    }

    pub(crate) fn into_inner(self) -> DatabaseTransaction {
        self.inner
    }

    /// The transaction underneath, for tests that look at what is really there.
    #[cfg(all(feature = "testing", feature = "postgres", feature = "sqlite"))]
    pub(crate) fn unscoped(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    /// Rolls the transaction back, or to the savepoint.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

/// Scopes a statement and sends it; once more in another form if the server has outlived it.
macro_rules! send {
    ($bound:ident, $statement:ident, $method:ident, $outside:literal) => {{
        let Binding { plans, .. } = &$bound.binding;
        let scoped = $bound.binding.scoped($statement, $outside).await?;
        let spare = $bound.binding.spare(&scoped, $outside);
        let (formed, epoch) = plans.form(scoped);
        match ($bound.inner.$method(formed).await, spare) {
            (Err(error), Some(spare)) if replan::is_outlived(&error) => {
                plans.outlived(epoch);
                $bound.inner.$method(plans.form(spare).0).await
            }
            (sent, _) => sent,
        }
    }};
}

macro_rules! impl_tenant_bound {
    (
        $bound:ty, $inner:ty, begin: $begin:path, outside_transaction: $outside:literal
    ) => {
        impl $bound {
            /// Runs an async closure in a transaction of the tenant: commits what it did, or rolls
            /// it back when it returns an error.
            ///
            /// # Errors
            /// What the closure returned, or what the database refused.
            pub async fn transaction_async<F, T, E>(
                &self,
                callback: F,
            ) -> Result<T, TransactionError<E>>
            where
                F: for<'c> AsyncFnOnce(&'c TenantTransaction) -> Result<T, E> + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                self.transaction_with_config_async(callback, None, None).await
            }

            /// As [`transaction_async`](Self::transaction_async), with an isolation level and an
            /// access mode.
            ///
            /// # Errors
            /// What the closure returned, or what the database refused.
            pub async fn transaction_with_config_async<F, T, E>(
                &self,
                callback: F,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<T, TransactionError<E>>
            where
                F: for<'c> AsyncFnOnce(&'c TenantTransaction) -> Result<T, E> + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                let transaction = self
                    .begin_with_config(isolation_level, access_mode)
                    .await
                    .map_err(TransactionError::Connection)?;
                let result = callback(&transaction).await;
                end(transaction, result).await
            }
        }

        #[async_trait]
        impl ConnectionTrait for $bound {
            fn get_database_backend(&self) -> DbBackend {
                ConnectionTrait::get_database_backend(&self.inner)
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                send!(self, statement, execute_raw, $outside)
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let sql = self.binding.scoped_text(sql, $outside).await?;
                self.inner.execute_unprepared(&sql).await
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                send!(self, statement, query_one_raw, $outside)
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                send!(self, statement, query_all_raw, $outside)
            }

            fn support_returning(&self) -> bool {
                self.inner.support_returning()
            }
        }

        impl StreamTrait for $bound {
            type Stream<'a> = <$inner as StreamTrait>::Stream<'a>;

            fn get_database_backend(&self) -> DbBackend {
                ConnectionTrait::get_database_backend(&self.inner)
            }

            fn stream_raw<'a>(
                &'a self,
                statement: Statement,
            ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
                Box::pin(async move { send!(self, statement, stream_raw, $outside) })
            }
        }

        #[async_trait]
        impl TransactionTrait for $bound {
            type Transaction = TenantTransaction;

            async fn begin(&self) -> Result<TenantTransaction, DbErr> {
                self.begin_with_options(TransactionOptions::default()).await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<TenantTransaction, DbErr> {
                let options = TransactionOptions {
                    isolation_level,
                    access_mode,
                    ..TransactionOptions::default()
                };
                self.begin_with_options(options).await
            }

            async fn begin_with_options(
                &self,
                options: TransactionOptions,
            ) -> Result<TenantTransaction, DbErr> {
                self.binding.check_served()?;
                if $outside {
                    self.binding.tables.look_if_wanted().await;
                }
                let inner = $begin(&self.inner, options).await?;
                Ok(TenantTransaction { inner, binding: self.binding.clone() })
            }

            async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c TenantTransaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
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
                        &'c TenantTransaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                let transaction = self
                    .begin_with_config(isolation_level, access_mode)
                    .await
                    .map_err(TransactionError::Connection)?;
                run(transaction, callback).await
            }
        }
    };
}

impl_tenant_bound!(
    TenantConnection,
    DatabaseConnection,
    begin: databases::begin,
    outside_transaction: true
);
impl_tenant_bound!(
    TenantTransaction,
    DatabaseTransaction,
    begin: savepoint,
    outside_transaction: false
);

/// Begins a transaction within a transaction. One that is cut off ends with the outer one.
async fn savepoint(
    outer: &DatabaseTransaction,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    outer.begin_with_options(options).await
}

/// Runs a callback in a transaction, and ends the transaction as the callback did.
async fn run<F, T, E>(transaction: TenantTransaction, callback: F) -> Result<T, TransactionError<E>>
where
    F: for<'c> FnOnce(
            &'c TenantTransaction,
        ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
        + Send,
    T: Send,
    E: std::fmt::Display + std::fmt::Debug + Send,
{
    let result = callback(&transaction).await;
    end(transaction, result).await
}

/// Commits what was done in a transaction, or rolls it back.
async fn end<T, E>(
    transaction: TenantTransaction,
    result: Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    E: std::fmt::Display + std::fmt::Debug,
{
    match result {
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

#[async_trait]
impl TransactionSession for TenantTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}
