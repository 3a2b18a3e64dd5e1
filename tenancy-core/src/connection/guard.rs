//! The database's own rules about rows read the tenant from a setting of the transaction. Here it is
//! set, and statements that come without a transaction get one.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionOptions};

use super::rows::{Handed, TenantStream};
use crate::{
    databases::{Transaction, Turn},
    migrate::render::literal,
    strategy::TenantSetting,
    tenant::Tenant,
};

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
    pub(super) async fn tell(&self, transaction: &impl ConnectionTrait) -> Result<(), DbErr> {
        let sql = "SELECT pg_catalog.set_config($1, $2, true)";
        let values = [self.setting.into(), self.value.as_str().into()];
        let backend = transaction.get_database_backend();
        let tell = Statement::from_sql_and_values(backend, sql, values);
        transaction.execute_raw(tell).await.map(drop)
    }

    /// Begins a transaction of the tenant: what tells whose it is goes with its `BEGIN`.
    pub(super) async fn begin(
        &self,
        turn: &Turn,
        options: TransactionOptions,
    ) -> Result<Transaction, DbErr> {
        let (setting, value) = (literal(self.setting), literal(&self.value));
        let tell = format!("SELECT pg_catalog.set_config({setting}, {value}, true)");
        turn.begin_with(options, &tell).await
    }

    /// Streams the rows of a statement out of a transaction that ends with it.
    pub(super) async fn stream(
        self,
        turn: Turn,
        statement: Statement,
    ) -> Result<TenantStream<'static>, DbErr> {
        let transaction = self.begin(&turn, TransactionOptions::default()).await?;
        // The transaction cannot be borrowed by what it is kept with, so a task keeps it.
        let work = |handed: Handed| async move {
            let rows = handed.rows_of(&transaction, statement).await;
            // A statement that gives rows may have written some, which are there only now.
            if let Err(error) = transaction.commit().await {
                drop(rows.send(Err(error)).await);
            }
            drop(turn);
        };
        TenantStream::from_task(work).await
    }
}

/// Ends a transaction as its statement did.
pub(super) async fn end<T>(transaction: Transaction, sent: Result<T, DbErr>) -> Result<T, DbErr> {
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
