//! What an application queries a tenant through: `TenantConnection` and `TenantTransaction`.

mod binding;
#[macro_use]
mod deliver;
mod guard;
mod held;
mod replan;
mod rows;
mod state;

use std::{future::Future, pin::Pin, sync::Arc};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, IsolationLevel, QueryResult, Statement, StreamTrait, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};

pub use self::rows::TenantStream;
pub(crate) use self::{
    binding::{Binding, Handles},
    replan::Plans,
    state::{HandleState, TenantState},
};
use self::{
    guard::Guard,
    held::{End, Held},
    rows::Handed,
};
#[cfg(feature = "postgres")]
use crate::databases::sessions::Sessions;
use crate::{
    databases::{self, Transaction, Turn, sub_pools::SubPools},
    error::{Error, Result},
    migrate::retry,
    name::PhysicalName,
    scope::{Scoper, TenantScope},
    strategy::{Route, TenantSetting},
    tenant::{Tenant, TenantStatus},
};

/// A connection on which every statement is the tenant's: scoped, or refused before it is sent.
///
/// It stands wherever SeaORM takes a connection. It is a value that the code carries, cheap to
/// clone; nothing ambient decides whose statement it is.
#[derive(Debug, Clone)]
pub struct TenantConnection {
    inner: DatabaseConnection,
    #[cfg(feature = "postgres")]
    sessions: Option<Arc<Sessions>>,
    sub_pools: Option<Arc<SubPools>>,
    binding: Binding,
}

/// A transaction of one tenant, as [`TenantConnection`] begins it. A transaction within it is a
/// savepoint of the same tenant.
#[derive(Debug)]
pub struct TenantTransaction {
    inner: Held,
    binding: Binding,
}

impl TenantConnection {
    pub(crate) fn new(route: Route, mut binding: Binding) -> Self {
        binding.kept = route.kept;
        Self {
            inner: route.connection,
            #[cfg(feature = "postgres")]
            sessions: route.sessions,
            sub_pools: route.sub_pools,
            binding,
        }
    }

    /// The pool that a statement or transaction is to run on.
    async fn turn(&self) -> Result<Turn, DbErr> {
        match &self.sub_pools {
            Some(pools) => pools.turn(self.binding.scope.id).await,
            None => Ok(Turn {
                connection: self.inner.clone(),
                permit: None,
                #[cfg(feature = "postgres")]
                sessions: self.sessions.clone(),
            }),
        }
    }

    /// Tells whether the database can be reached.
    ///
    /// # Errors
    /// When it cannot, or the tenant is not served.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.binding.check_served()?;
        let turn = self.turn().await?;
        turn.make_room().await;
        turn.connection.ping().await
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
        Ok(self.binding.handles.tables.scoper()?.scope(statement, &self.binding.scope)?)
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
        self.inner.backend()
    }

    /// Binds a transaction of a migration to the tenant whose rows it works on. Whether the tenant is
    /// served does not matter to a migration; that it is this tenant's does.
    pub(crate) async fn migrating(
        inner: DatabaseTransaction,
        tenant: &Tenant,
        schema: Option<&PhysicalName>,
        scoper: Arc<Scoper>,
    ) -> Result<Self> {
        if let Some(setting) = scoper.tenant_setting() {
            tell(&inner, setting, tenant).await?;
        }
        let tenant = Tenant { status: TenantStatus::Active, ..tenant.clone() };
        let state = HandleState::of(Arc::new(TenantState::new(&tenant)));
        let scope = TenantScope { id: tenant.id, schema: schema.cloned() };
        let handles = Arc::new(Handles::fixed(scoper));
        let binding = Binding::new(Arc::new(tenant), scope, state, handles);
        Ok(Self { inner: Held::new(Transaction::Plain(inner), None), binding })
    }

    /// The transaction itself, when the tenant's work in it has ended.
    pub(crate) async fn into_inner(self) -> Result<DatabaseTransaction> {
        self.inner.into_inner().await
    }

    /// The transaction underneath, for tests that look at what is really there.
    #[cfg(feature = "testing")]
    pub(crate) fn unscoped(&self) -> &Transaction {
        self.inner.unscoped()
    }

    /// Reads in this transaction what another tenant has, for tests that look at what is really
    /// there.
    #[cfg(all(feature = "testing", feature = "postgres", feature = "sqlite"))]
    pub(crate) async fn seen_by(
        &self,
        other: &TenantConnection,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let scoped = other.explain(statement)?;
        if let Some(guard) = other.binding.guard()? {
            guard.tell(self.unscoped()).await?;
        }
        let rows = self.unscoped().query_all_raw(scoped).await?;
        if let Some(guard) = self.binding.guard()? {
            guard.tell(self.unscoped()).await?;
        }
        Ok(rows)
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    /// When the database refuses, and [`Error::TransactionWithin`].
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.end(End::Commit).await
    }

    /// Rolls the transaction back, or to the savepoint.
    ///
    /// # Errors
    /// When the database refuses, and [`Error::TransactionWithin`].
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.end(End::RollBack).await
    }
}

macro_rules! impl_tenant_bound {
    (
        $bound:ty, begin: $begin:path, outside_transaction: $outside:literal, deliver: $deliver:ident
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
                <$bound>::get_database_backend(self)
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                send!(self, statement, execute_raw, $outside, $deliver)
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let sql = self.binding.scoped_text(sql, $outside).await?;
                let mut sent = $deliver!(self, execute_unprepared, &sql);
                if $outside && sent.as_ref().is_err_and(retry::is_deadlock) {
                    sent = $deliver!(self, execute_unprepared, &sql);
                }
                sent.map_err(|error| self.binding.handles.watch.explain(error))
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                send!(self, statement, query_one_raw, $outside, $deliver)
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                send!(self, statement, query_all_raw, $outside, $deliver)
            }

            fn support_returning(&self) -> bool {
                self.get_database_backend().support_returning()
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
                    self.binding.handles.tables.look_if_wanted().await;
                }
                let begun = $begin(self, options).await;
                let inner = begun.map_err(|error| self.binding.handles.watch.explain(error))?;
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
    begin: begin,
    outside_transaction: true,
    deliver: guarded
);
impl_tenant_bound!(
    TenantTransaction,
    begin: savepoint,
    outside_transaction: false,
    deliver: direct
);

impl StreamTrait for TenantConnection {
    type Stream<'a> = TenantStream<'static>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.inner)
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move {
            if let Some(guard) = self.binding.guard()? {
                let scoped = self.binding.scoped(statement, true).await?;
                let stream = guard.stream(self.turn().await?, scoped).await;
                return stream.map_err(|error| self.binding.handles.watch.explain(error));
            }
            send!(self, statement, stream_raw, true, streamed)
        })
    }
}

impl StreamTrait for TenantTransaction {
    type Stream<'a> = TenantStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move { send!(self, statement, stream_raw, false, streamed_within) })
    }
}

/// Tells the database whose rows a transaction of the owner works on, where its rules hold for the
/// owner.
pub(crate) async fn tell(
    transaction: &DatabaseTransaction,
    setting: TenantSetting,
    tenant: &Tenant,
) -> Result<()> {
    if !setting.binds_owner {
        return Ok(());
    }
    let told = Guard::new(setting, tenant).tell(transaction).await;
    told.map_err(Error::database("telling the database whose rows are worked on"))
}

/// Begins a transaction of a tenant, and tells the database whose it is where it wants to know.
async fn begin(connection: &TenantConnection, options: TransactionOptions) -> Result<Held, DbErr> {
    let guard = connection.binding.guard()?;
    let turn = connection.turn().await?;
    let transaction = match guard {
        Some(guard) => guard.begin(&turn, options).await?,
        None => turn.begin(options).await?,
    };
    Ok(Held::new(transaction, turn.permit))
}

/// Begins a transaction within a transaction: what that one told the database holds in it.
async fn savepoint(outer: &TenantTransaction, options: TransactionOptions) -> Result<Held, DbErr> {
    outer.inner.within(options).await
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
        self.inner.end(End::Commit).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.end(End::RollBack).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an allocator keeps at hand for each thread: glibc's ends at 1,032 bytes.
    const AT_HAND: usize = 1_032;

    fn room<F>(_: impl FnOnce(&'static TenantConnection, Statement) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_statement_takes_little_room() {
        let sent = room(|connection, statement| async move {
            send!(connection, statement, query_one_raw, true, guarded)
        });
        assert!(sent <= AT_HAND, "{sent} bytes");
    }
}
